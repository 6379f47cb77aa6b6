package org.adjoint.layers.data;

import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Shape;

/**
 * A data set with values (v − mean)/deviation, for each index of the samples' first axis: each
 * channel of images, each column of tables. The numbers are taken from training data and used for
 * others too.
 *
 * <pre>{@code
 * Normalised train = Normalised.by(data);
 * Dataset test = train.like(others);
 * }</pre>
 */
public final class Normalised implements Dataset {
  private final Dataset data;
  private final float[] mean;
  private final float[] factor;

  private Normalised(Dataset data, float[] mean, float[] factor) {
    this.data = data;
    this.mean = mean;
    this.factor = factor;
  }

  /**
   * Returns the data with mean 0 and deviation 1 each; what is constant becomes 0.
   *
   * @throws ArgumentException if there are no samples, or they are scalars
   */
  public static Normalised by(Dataset data) {
    if (data.size() == 0 || data.shape().rank() == 0) {
      throw new ArgumentException(
          "normalised", "data", data.size() + " samples of " + data.shape(), "it needs an axis");
    }
    int groups = data.shape().dim(0);
    int length = data.shape().size();
    int run = length / groups;
    double[] mean = new double[groups];
    double[] spread = new double[groups];
    float[] sample = new float[length];
    long count = 0;
    // Chan, Golub and LeVeque (1983): sample by sample, without cancellation.
    for (int i = 0; i < data.size(); i++) {
      data.read(i, sample, 0);
      for (int g = 0; g < groups; g++) {
        long n = count;
        for (int e = g * run; e < (g + 1) * run; e++) {
          double delta = sample[e] - mean[g];
          mean[g] += delta / ++n;
          spread[g] += delta * (sample[e] - mean[g]);
        }
      }
      count += run;
    }
    float[] means = new float[groups];
    float[] factors = new float[groups];
    for (int g = 0; g < groups; g++) {
      means[g] = (float) mean[g];
      factors[g] = spread[g] == 0 ? 0 : (float) (1 / Math.sqrt(spread[g] / count));
    }
    return new Normalised(data, means, factors);
  }

  /**
   * Returns other data with the same numbers.
   *
   * @throws ArgumentException if their samples have another first axis
   */
  public Normalised like(Dataset other) {
    if (other.shape().rank() == 0 || other.shape().dim(0) != mean.length) {
      throw new ArgumentException(
          "normalised", "samples", other.shape(), "the first axis must have " + mean.length);
    }
    return new Normalised(other, mean, factor);
  }

  @Override
  public int size() {
    return data.size();
  }

  @Override
  public Shape shape() {
    return data.shape();
  }

  @Override
  public int classes() {
    return data.classes();
  }

  @Override
  public int label(int index) {
    return data.label(index);
  }

  @Override
  public void read(int index, float[] target, int at) {
    data.read(index, target, at);
    int run = shape().size() / mean.length;
    for (int g = 0; g < mean.length; g++) {
      for (int e = at + g * run; e < at + (g + 1) * run; e++) {
        target[e] = (target[e] - mean[g]) * factor[g];
      }
    }
  }
}
