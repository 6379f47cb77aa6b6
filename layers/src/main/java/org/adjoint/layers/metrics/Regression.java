package org.adjoint.layers.metrics;

import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;

/**
 * How far predicted numbers are from true ones: mean absolute error, root mean squared error, and
 * the share of the variance that is explained, R² = 1 − Σ(t − p)²/Σ(t − t̄)² (Wright, 1921).
 */
public final class Regression {
  private long count;
  private double absolute;
  private double squared;
  private double mean;
  private double spread;

  /** Creates an empty count. */
  public Regression() {}

  /** Counts one number. The variance is updated as Welford (1962) does, without cancellation. */
  public void add(double target, double prediction) {
    double error = target - prediction;
    count++;
    absolute += Math.abs(error);
    squared += error * error;
    double before = target - mean;
    mean += before / count;
    spread += before * (target - mean);
  }

  /**
   * Counts a batch element by element.
   *
   * @throws ShapeException if the shapes differ
   */
  public void add(Tensor targets, Tensor predictions) {
    if (!targets.shape().equals(predictions.shape())) {
      throw new ShapeException(
          "regression",
          "predictions",
          predictions.shape(),
          "they must have the targets' shape " + targets.shape());
    }
    double[] t = targets.toDoubleArray();
    double[] p = predictions.toDoubleArray();
    for (int i = 0; i < t.length; i++) {
      add(t[i], p[i]);
    }
  }

  /** Returns the mean absolute error; NaN if nothing was counted. */
  public double meanAbsoluteError() {
    return absolute / count;
  }

  /** Returns the root of the mean squared error; NaN if nothing was counted. */
  public double rootMeanSquaredError() {
    return Math.sqrt(squared / count);
  }

  /** Returns R²: 1 for perfect predictions, 0 for the mean, NaN if all targets are equal. */
  public double r2() {
    return spread == 0 ? Double.NaN : 1 - squared / spread;
  }
}
