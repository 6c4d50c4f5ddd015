"""What the deep generators share: columns as states, networks with a softmax a column, training, and drawing."""
