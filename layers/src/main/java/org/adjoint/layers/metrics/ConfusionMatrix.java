package org.adjoint.layers.metrics;

import java.util.Locale;
import java.util.function.IntToDoubleFunction;
import java.util.stream.LongStream;
import org.adjoint.tensor.ArgumentException;

/**
 * How often each class was taken for each class; precision TP/(TP + FP), recall TP/(TP + FN) and F1
 * 2·TP/(2·TP + FP + FN) (van Rijsbergen, 1979) of each class and of all.
 */
public final class ConfusionMatrix {
  /** How the values of classes become one; a class that has none counts as 0. */
  public enum Average {
    /**
     * Over all samples: TP, FP and FN are summed first. Every sample has one class: the accuracy.
     */
    MICRO,
    /** The mean over classes. */
    MACRO,
    /** The mean over classes, weighted by how many samples each has. */
    WEIGHTED
  }

  private final long[][] counts;
  private long total;

  /** Creates an empty matrix. */
  public ConfusionMatrix(int classes) {
    if (classes < 1) {
      throw new ArgumentException("confusion_matrix", "classes", classes, "it must be at least 1");
    }
    counts = new long[classes][classes];
  }

  /**
   * Counts one sample.
   *
   * @throws ArgumentException if a class is outside 0 … classes − 1
   */
  public void add(int actual, int predicted) {
    counts[checked("actual", actual)][checked("predicted", predicted)]++;
    total++;
  }

  private int checked(String name, int value) {
    if (value < 0 || value >= counts.length) {
      throw new ArgumentException(
          "confusion_matrix", name, value, "classes go from 0 to " + (counts.length - 1));
    }
    return value;
  }

  /** Returns the number of classes. */
  public int classes() {
    return counts.length;
  }

  /** Returns how many samples of a class were given a class. */
  public long count(int actual, int predicted) {
    return counts[checked("actual", actual)][checked("predicted", predicted)];
  }

  /** Returns how many samples were counted. */
  public long total() {
    return total;
  }

  /** Returns the share of samples that were given their own class; NaN if there are none. */
  public double accuracy() {
    long right = 0;
    for (int c = 0; c < counts.length; c++) {
      right += counts[c][c];
    }
    return (double) right / total;
  }

  /** Returns the share of right ones among the samples given a class; NaN if there are none. */
  public double precision(int predicted) {
    long given = 0;
    for (long[] row : counts) {
      given += row[checked("predicted", predicted)];
    }
    return (double) counts[predicted][predicted] / given;
  }

  /** Returns the share of a class's samples that were found; NaN if there are none. */
  public double recall(int actual) {
    long all = 0;
    for (long count : counts[checked("actual", actual)]) {
      all += count;
    }
    return (double) counts[actual][actual] / all;
  }

  /** Returns the harmonic mean of precision and recall; 0 if the class was never right. */
  public double f1(int c) {
    double p = precision(c);
    double r = recall(c);
    return counts[c][c] == 0 ? 0 : 2 * p * r / (p + r);
  }

  /** Returns the precision of all classes; see {@link Average}. */
  public double precision(Average average) {
    return average(average, this::precision);
  }

  /** Returns the recall of all classes; see {@link Average}. */
  public double recall(Average average) {
    return average(average, this::recall);
  }

  /** Returns the F1 of all classes; see {@link Average}. */
  public double f1(Average average) {
    return average(average, this::f1);
  }

  private double average(Average average, IntToDoubleFunction value) {
    if (average == Average.MICRO) {
      return accuracy();
    }
    double sum = 0;
    double weights = 0;
    for (int c = 0; c < counts.length; c++) {
      double weight = 1;
      if (average == Average.WEIGHTED) {
        weight = LongStream.of(counts[c]).sum();
      }
      double v = value.applyAsDouble(c);
      sum += Double.isNaN(v) ? 0 : weight * v;
      weights += weight;
    }
    return sum / weights;
  }

  /**
   * Returns a table: a row an actual class, a column a predicted one, then recall; precision last.
   */
  @Override
  public String toString() {
    int width = Math.max(5, Long.toString(total).length() + 1);
    StringBuilder s = new StringBuilder("actual\\given");
    for (int c = 0; c < counts.length; c++) {
      s.append(String.format(Locale.ROOT, "%" + width + "d", c));
    }
    s.append("   recall\n");
    for (int a = 0; a < counts.length; a++) {
      s.append(String.format(Locale.ROOT, "%12d", a));
      for (int p = 0; p < counts.length; p++) {
        s.append(String.format(Locale.ROOT, "%" + width + "d", counts[a][p]));
      }
      s.append(String.format(Locale.ROOT, "%8.1f%%\n", 100 * recall(a)));
    }
    s.append("   precision");
    for (int p = 0; p < counts.length; p++) {
      s.append(String.format(Locale.ROOT, "%" + (width - 1) + ".0f%%", 100 * precision(p)));
    }
    return s.append(String.format(Locale.ROOT, "%8.2f%%\n", 100 * accuracy())).toString();
  }
}
