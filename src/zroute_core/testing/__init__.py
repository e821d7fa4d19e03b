"""For those who build on this library: scenarios, samples, lawful histories, and the contract of a store."""
