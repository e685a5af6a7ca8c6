//! What the point of sale knows, in the words of Engage.
