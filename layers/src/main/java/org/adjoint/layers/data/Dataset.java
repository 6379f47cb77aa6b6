package org.adjoint.layers.data;

import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Shape;

/** Samples of one shape with a class each, readable in any order and by any number of threads. */
public interface Dataset {
  /** Returns the number of samples. */
  int size();

  /** Returns the shape of one sample. */
  Shape shape();

  /** Returns the number of classes; labels are 0 … classes − 1. */
  int classes();

  /** Returns the class of a sample. */
  int label(int index);

  /** Writes a sample in row-major order to {@code target[at …]}. */
  void read(int index, float[] target, int at);

  /**
   * Returns a view of chosen samples.
   *
   * @throws ArgumentException if an index is outside the data set
   */
  default Dataset subset(int... indices) {
    for (int i : indices) {
      if (i < 0 || i >= size()) {
        throw new ArgumentException(
            "subset", "index", i, "the data set has samples 0 to " + (size() - 1));
      }
    }
    return new Subset(this, indices.clone());
  }
}
