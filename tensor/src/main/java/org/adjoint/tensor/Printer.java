package org.adjoint.tensor;

import java.util.Arrays;
import java.util.function.DoubleFunction;

/**
 * Writes tensors as {@code print} of NumPy 2.4 writes arrays, with its default options: lines of 75
 * characters, and only the first and last 3 indices along each axis if there are more than 1000
 * elements.
 */
final class Printer {
  private static final int LINE = 75;
  private static final int THRESHOLD = 1000;
  private static final int EDGE = 3;

  private final double[] values;
  private final int[] dims;
  private final boolean[] cut;
  private final DoubleFunction<String> format;
  private int next;

  private Printer(double[] values, int[] dims, boolean[] cut, DoubleFunction<String> format) {
    this.values = values;
    this.dims = dims;
    this.cut = cut;
    this.format = format;
  }

  /** Returns the elements as text. */
  static String print(Tensor t) {
    if (t.size() == 0) {
      return "[]";
    }
    if (t.rank() == 0) {
      double v = t.item();
      return t.dtype() == DType.I32 ? Integer.toString((int) v) : FloatFormat.scalar(t.dtype(), v);
    }
    int[] dims = t.shape().toArray();
    boolean[] cut = new boolean[dims.length];
    if (t.size() > THRESHOLD) {
      for (int a = 0; a < dims.length; a++) {
        cut[a] = dims[a] > 2 * EDGE;
        dims[a] = Math.min(dims[a], 2 * EDGE);
      }
    }
    double[] values = t.size() > THRESHOLD ? corners(t, dims, cut) : t.toDoubleArray();
    return new Printer(values, dims, cut, format(t.dtype(), values)).block(0, " ", LINE);
  }

  /** Reads only the elements that will be shown: the tensor may be large and on another device. */
  private static double[] corners(Tensor t, int[] dims, boolean[] cut) {
    int[] positions = Layout.contiguous(Shape.of(dims)).positions();
    double[] r = new double[positions.length];
    int[] index = new int[dims.length];
    for (int i = 0; i < r.length; i++) {
      int rest = i;
      for (int a = dims.length - 1; a >= 0; a--) {
        int k = rest % dims[a];
        rest /= dims[a];
        index[a] = cut[a] && k >= EDGE ? t.dim(a) - 2 * EDGE + k : k;
      }
      r[i] = t.get(index);
    }
    return r;
  }

  private static DoubleFunction<String> format(DType dtype, double[] values) {
    if (dtype != DType.I32) {
      return new FloatFormat(dtype, values)::format;
    }
    int width =
        Arrays.stream(values).mapToInt(v -> Integer.toString((int) v).length()).max().orElse(0);
    return v -> {
      String s = Integer.toString((int) v);
      return " ".repeat(width - s.length()) + s;
    };
  }

  /** Writes everything below one index, taking the values in order. */
  private String block(int axis, String indent, int width) {
    StringBuilder s = new StringBuilder();
    if (axis == dims.length - 1) {
      row(s, axis, indent, width - 1);
    } else {
      String separator = "\n".repeat(dims.length - axis - 1);
      for (int i = 0; i < dims[axis]; i++) {
        if (cut[axis] && i == EDGE) {
          s.append(indent).append("...").append(separator);
        }
        s.append(indent).append(block(axis + 1, indent + " ", width - 1));
        if (i < dims[axis] - 1) {
          s.append(separator);
        }
      }
    }
    return "[" + s.substring(indent.length()) + "]";
  }

  private void row(StringBuilder s, int axis, String indent, int width) {
    StringBuilder line = new StringBuilder(indent);
    for (int i = 0; i < dims[axis]; i++) {
      if (cut[axis] && i == EDGE) {
        extend(s, line, "...", indent, width);
        line.append(' ');
      }
      extend(s, line, format.apply(values[next++]), indent, width);
      if (i < dims[axis] - 1) {
        line.append(' ');
      }
    }
    s.append(line);
  }

  private static void extend(
      StringBuilder s, StringBuilder line, String word, String indent, int width) {
    if (line.length() + word.length() > width && line.length() > indent.length()) {
      s.append(line.toString().stripTrailing()).append('\n');
      line.setLength(0);
      line.append(indent);
    }
    line.append(word);
  }
}
