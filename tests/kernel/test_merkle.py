"""The tree of RFC 6962: published roots and hashes, and proofs that show what they should and nothing else."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zroute_core.errors import InvalidNumber
from zroute_core.kernel.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency,
    consistent,
    included,
    inclusion,
    leaf_hash,
    node_hash,
    subtree_of,
)

# transparency-dev/merkle, testonly/constants.go: the leaves of the tests of Certificate Transparency, and their roots.
LEAVES = [
    bytes.fromhex(one)
    for one in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
HASHES = list(map(leaf_hash, LEAVES))


def test_the_published_hash_of_a_leaf_and_of_a_node() -> None:
    """transparency-dev/merkle, rfc6962/rfc6962_test.go."""
    assert leaf_hash(b"L123456").hex() == "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
    assert node_hash(b"N123", b"N456").hex() == "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"


@pytest.mark.parametrize("size", range(9))
def test_the_published_root_of_each_size(size: int) -> None:
    assert Frontier().followed_by(HASHES[:size]).root().hex() == ROOTS[size]


@given(st.integers(0, 300), st.integers(0, 300))
def test_leaves_may_be_added_in_two_goes(first: int, second: int) -> None:
    leaves = _leaves(first + second)
    in_two = Frontier().followed_by(leaves[:first]).followed_by(leaves[first:])
    assert in_two == Frontier().followed_by(leaves)
    assert Frontier.from_bytes(in_two.size, in_two.to_bytes()) == in_two


@pytest.mark.parametrize(("size", "roots"), [(0, bytes(32)), (1, b""), (3, bytes(63)), (4, bytes(64)), (-1, b"")])
def test_a_frontier_that_does_not_fit_its_size_is_refused(size: int, roots: bytes) -> None:
    with pytest.raises(InvalidNumber):
        Frontier.from_bytes(size, roots)


@pytest.mark.parametrize("size", range(1, 34))
def test_every_leaf_is_shown_to_be_in_its_tree_and_nowhere_else(size: int) -> None:
    leaves = _leaves(size)
    root = Frontier().followed_by(leaves).root()
    for index, leaf in enumerate(leaves):
        proof = inclusion(index, size, subtree_of(leaves))
        assert len(proof) <= (size - 1).bit_length()
        assert included(leaf, index, size, proof, root)
        assert not included(leaf_hash(b"another"), index, size, proof, root)
        assert not included(leaf, index, size, (*proof, leaf), root)
        assert not included(leaf, index, size, proof, EMPTY_ROOT)
        assert not any(included(leaf, other, size, proof, root) for other in range(-1, size + 1) if other != index)
        for step in range(len(proof)):
            assert not included(leaf, index, size, (*proof[:step], *proof[step + 1 :]), root)


@pytest.mark.parametrize("later", range(18))
def test_every_tree_is_shown_to_add_to_each_earlier_one(later: int) -> None:
    leaves = _leaves(later)
    root = Frontier().followed_by(leaves).root()
    for earlier in range(later + 1):
        old = Frontier().followed_by(leaves[:earlier]).root()
        proof = consistency(earlier, later, subtree_of(leaves))
        assert consistent(earlier, later, proof, old, root)
        assert not consistent(earlier, later, (*proof, root), old, root)
        if earlier:
            assert not consistent(earlier, later, proof, leaf_hash(b"another"), root)
            assert not consistent(earlier, later, proof, old, leaf_hash(b"another"))
        for step in range(len(proof)):
            assert not consistent(earlier, later, (*proof[:step], *proof[step + 1 :]), old, root)


@given(st.integers(1, 40), st.data())
def test_a_rewritten_leaf_cannot_be_shown_to_be_consistent(later: int, data: st.DataObject) -> None:
    leaves = _leaves(later)
    earlier = data.draw(st.integers(1, later))
    rewritten = data.draw(st.integers(0, earlier - 1))
    old = Frontier().followed_by(leaves[:earlier]).root()
    leaves[rewritten] = leaf_hash(b"rewritten")
    proof = consistency(earlier, later, subtree_of(leaves))
    assert not consistent(earlier, later, proof, old, Frontier().followed_by(leaves).root())


@pytest.mark.parametrize(("index", "size"), [(0, 0), (-1, 3), (3, 3)])
def test_there_is_no_proof_of_a_leaf_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(InvalidNumber):
        inclusion(index, size, subtree_of(_leaves(size)))


@pytest.mark.parametrize(("earlier", "later"), [(-1, 3), (4, 3)])
def test_there_is_no_proof_against_a_later_tree(earlier: int, later: int) -> None:
    with pytest.raises(InvalidNumber):
        consistency(earlier, later, subtree_of(_leaves(max(later, 0))))


def _leaves(count: int) -> list[bytes]:
    return [leaf_hash(sha256(number.to_bytes(8, "big")).digest()) for number in range(count)]
