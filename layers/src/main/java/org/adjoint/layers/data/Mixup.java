package org.adjoint.layers.data;

import org.adjoint.autograd.RandomStream;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;

/**
 * Mixes the samples of a batch in pairs (Zhang et al., 2018): x ← λ·x + (1 − λ)·x′ and likewise
 * their one-hot labels, with x′ the batch in random order and λ drawn from Beta(α, α) once a batch.
 */
public final class Mixup {
  private final double alpha;
  private final RandomStream random;

  /**
   * A mixed batch.
   *
   * @param x like the batch's
   * @param targets a probability for every class, [size, classes], of x's type
   * @param weight λ
   */
  public record Mixed(Tensor x, Tensor targets, double weight) {}

  /**
   * Creates the mixture.
   *
   * @param alpha α, more than 0; small ones mix little
   * @param random where numbers are drawn from
   * @throws ArgumentException if α is not more than 0
   */
  public Mixup(double alpha, RandomStream random) {
    if (!(alpha > 0) || Double.isInfinite(alpha)) {
      throw new ArgumentException("mixup", "alpha", alpha, "it must be more than 0, and finite");
    }
    this.alpha = alpha;
    this.random = random;
  }

  /**
   * Mixes a batch into new tensors that no scope owns.
   *
   * @throws ArgumentException if a label is not below {@code classes}
   */
  public Mixed of(Batch batch, int classes) {
    Device device = batch.x().device();
    double weight = beta(device);
    int n = batch.size();
    int[] partner = random.permutation(device, n).toIntArray();
    double[] x = batch.x().toDoubleArray();
    int[] labels = batch.labels().toIntArray();
    int length = n == 0 ? 0 : x.length / n;
    double[] mixed = new double[x.length];
    double[] targets = new double[n * classes];
    for (int i = 0; i < n; i++) {
      int j = partner[i];
      for (int e = 0; e < length; e++) {
        mixed[i * length + e] = weight * x[i * length + e] + (1 - weight) * x[j * length + e];
      }
      targets[i * classes + checked(labels[i], classes)] += weight;
      targets[i * classes + checked(labels[j], classes)] += 1 - weight;
    }
    DType type = batch.x().dtype();
    return new Mixed(
        tensor(device, type, mixed, batch.x().shape()),
        tensor(device, type, targets, Shape.of(n, classes)),
        weight);
  }

  private static int checked(int label, int classes) {
    if (label < 0 || label >= classes) {
      throw new ArgumentException("mixup", "label", label, "labels go from 0 to " + (classes - 1));
    }
    return label;
  }

  private static Tensor tensor(Device device, DType type, double[] values, Shape shape) {
    if (type == DType.F64) {
      return Tensor.of(device, values, shape.toArray());
    }
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return Tensor.of(device, floats, shape.toArray());
  }

  /** Beta(α, α) as G/(G + G′) of two gamma numbers. */
  private double beta(Device device) {
    double a = gamma(device);
    double b = gamma(device);
    return a + b == 0 ? 0.5 : a / (a + b);
  }

  /**
   * Gamma(α) by the rejection of Marsaglia and Tsang (2000); for α below 1, Gamma(α + 1)·U^(1/α).
   */
  private double gamma(Device device) {
    double[] u = new double[4];
    double d = (alpha < 1 ? alpha + 1 : alpha) - 1.0 / 3;
    double c = 1 / Math.sqrt(9 * d);
    while (true) {
      Tensor drawn = Tensor.owned(device, DType.F64, Shape.of(u.length));
      u = random.uniform(drawn, 0, 1).toDoubleArray();
      double normal = Math.sqrt(-2 * Math.log(1 - u[0])) * Math.cos(2 * Math.PI * u[1]);
      double v = Math.pow(1 + c * normal, 3);
      if (v > 0 && Math.log(1 - u[2]) < 0.5 * normal * normal + d - d * v + d * Math.log(v)) {
        return alpha < 1 ? d * v * Math.pow(1 - u[3], 1 / alpha) : d * v;
      }
    }
  }
}
