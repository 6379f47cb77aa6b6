package org.adjoint.cpu;

import java.util.Arrays;

/** The little that {@link RecurrentRun} does with rows of {@code float[]} or {@code double[]}. */
final class RecurrentRows {
  private RecurrentRows() {}

  /** Returns an array of at least so many elements: the given one if it is long enough. */
  static Object room(Object array, int size) {
    int roomy = size + (size >> 2);
    if (array instanceof float[] f) {
      return f.length < size ? new float[roomy] : f;
    }
    return ((double[]) array).length < size ? new double[roomy] : array;
  }

  /** Sets elements to 0. */
  static void clear(Object array, int from, int to) {
    if (array instanceof float[] f) {
      Arrays.fill(f, from, to, 0f);
    } else {
      Arrays.fill((double[]) array, from, to, 0.0);
    }
  }

  /** to = a + b. */
  static void sum(Object a, int aAt, Object b, int bAt, Object to, int at, int count) {
    if (to instanceof float[] sums) {
      float[] x = (float[]) a;
      float[] y = (float[]) b;
      for (int i = 0; i < count; i++) {
        sums[at + i] = x[aAt + i] + y[bAt + i];
      }
    } else {
      double[] sums = (double[]) to;
      double[] x = (double[]) a;
      double[] y = (double[]) b;
      for (int i = 0; i < count; i++) {
        sums[at + i] = x[aAt + i] + y[bAt + i];
      }
    }
  }
}
