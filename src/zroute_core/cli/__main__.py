"""`python -m zroute_core.cli`"""

from zroute_core.cli import main

main()
