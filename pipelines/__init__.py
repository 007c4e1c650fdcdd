"""How each kind of dataset is made: readers, steps as datatrove blocks, and their order."""
