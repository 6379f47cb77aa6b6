package org.adjoint.layers.metrics;

import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;

/**
 * The share of samples whose class is among the k of the highest scores; of equal scores the class
 * with the lower number comes first.
 */
public final class TopK {
  private final int k;
  private long right;
  private long total;

  /**
   * Creates an empty count.
   *
   * @param k at least 1
   */
  public TopK(int k) {
    if (k < 1) {
      throw new ArgumentException("top_k", "k", k, "it must be at least 1");
    }
    this.k = k;
  }

  /**
   * Counts a batch.
   *
   * @param scores or logits, [batch, classes]
   * @param labels int32 [batch]
   * @throws ShapeException if the shapes do not fit
   * @throws ArgumentException if a label is not below the number of classes
   */
  public void add(Tensor scores, Tensor labels) {
    if (scores.rank() != 2 || labels.rank() != 1 || labels.dim(0) != scores.dim(0)) {
      throw new ShapeException(
          "top_k",
          "scores and labels",
          scores.shape() + " and " + labels.shape(),
          "they must be [batch, classes] and [batch]");
    }
    double[] s = scores.toDoubleArray();
    int[] classes = labels.toIntArray();
    int n = scores.dim(1);
    for (int i = 0; i < classes.length; i++) {
      int label = classes[i];
      if (label < 0 || label >= n) {
        throw new ArgumentException("top_k", "label", label, "classes go from 0 to " + (n - 1));
      }
      double own = s[i * n + label];
      int before = 0;
      for (int c = 0; c < n; c++) {
        double other = s[i * n + c];
        before += other > own || (other == own && c < label) ? 1 : 0;
      }
      right += before < k && !Double.isNaN(own) ? 1 : 0;
    }
    total += classes.length;
  }

  /** Returns the share; NaN if there are no samples. */
  public double value() {
    return (double) right / total;
  }
}
