"""The signers that come with the distribution, found as outside ones are."""
