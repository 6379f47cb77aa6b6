package org.adjoint.layers.data;

import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Shape;

/** Samples in an array. */
public final class Samples implements Dataset {
  private final float[] values;
  private final int[] labels;
  private final Shape shape;
  private final int classes;

  private Samples(float[] values, int[] labels, Shape shape, int classes) {
    this.values = values;
    this.labels = labels;
    this.shape = shape;
    this.classes = classes;
  }

  /**
   * Returns a data set.
   *
   * @param values sample after sample in row-major order; not copied
   * @param labels one a sample; not copied
   * @param classes more than every label
   * @param shape of one sample
   * @throws ArgumentException if the lengths do not fit or a label is outside 0 … classes − 1
   */
  public static Samples of(float[] values, int[] labels, int classes, int... shape) {
    Shape s = Shape.of(shape);
    if ((long) labels.length * s.size() != values.length) {
      throw new ArgumentException(
          "samples",
          "values",
          values.length + " numbers",
          labels.length + " samples of " + s + " were announced");
    }
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] < 0 || labels[i] >= classes) {
        throw new ArgumentException(
            "samples", "label of sample " + i, labels[i], "labels go from 0 to " + (classes - 1));
      }
    }
    return new Samples(values, labels, s, classes);
  }

  @Override
  public int size() {
    return labels.length;
  }

  @Override
  public Shape shape() {
    return shape;
  }

  @Override
  public int classes() {
    return classes;
  }

  @Override
  public int label(int index) {
    return labels[index];
  }

  @Override
  public void read(int index, float[] target, int at) {
    System.arraycopy(values, index * shape.size(), target, at, shape.size());
  }
}
