package org.adjoint.kernels.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.reference.ReferenceBackend;
import org.adjoint.tensor.AdjointException;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.DTypeException;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;

/**
 * What the contracts of all families share: awkward sizes and layouts, and the comparison with the
 * reference in float64, whose inputs are the backend's own, converted exactly.
 */
public abstract class KernelsContract {
  /** Lengths around vector widths, block sizes and thread thresholds. */
  protected static final int[] SIZES = {
    0, 1, 3, 7, 8, 13, 15, 16, 17, 31, 33, 64, 100, 207, 1000, 4098
  };

  /** Numbers that break formulas. */
  protected static final double[] SPECIAL = {
    0.0,
    -0.0,
    1,
    -1,
    0.5,
    -0.5,
    2.5,
    -2.5,
    Double.NaN,
    Double.POSITIVE_INFINITY,
    Double.NEGATIVE_INFINITY,
    Float.MIN_VALUE,
    -Float.MIN_VALUE,
    0x1.8p-140,
    -0x1.8p-140,
    Float.MIN_NORMAL,
    -Float.MIN_NORMAL,
    Float.MAX_VALUE,
    -Float.MAX_VALUE,
    1e-20f,
    88.5f,
    -88.5f,
    -103.5f,
    16777217,
    8388607.5f,
    -8388607.5f,
    1e10f,
    -1e10f
  };

  /** The types of real numbers. */
  protected static final DType[] FLOATING = {DType.F32, DType.F64};

  private static final ReferenceBackend REFERENCE = new ReferenceBackend();

  /** Returns the backend under test. */
  protected abstract Backend backend();

  /** Returns its kernels. */
  protected final Kernels kernels() {
    return backend().kernels();
  }

  /** Returns the reference's kernels, for tensors made by {@link #exact}. */
  protected static Kernels reference() {
    return REFERENCE.kernels();
  }

  // ---- tensors ------------------------------------------------------------------------------

  /** Returns a tensor on the backend, the values rounded to its type. */
  protected final Tensor tensor(DType dtype, double[] values, int... dims) {
    return on(backend(), dtype, values, dims);
  }

  private static Tensor on(Backend device, DType dtype, double[] values, int... dims) {
    return switch (dtype) {
      case F64 -> Tensor.of(device, values, dims);
      case F32 -> {
        float[] v = new float[values.length];
        for (int i = 0; i < v.length; i++) {
          v[i] = (float) values[i];
        }
        yield Tensor.of(device, v, dims);
      }
      case I32 -> {
        int[] v = new int[values.length];
        for (int i = 0; i < v.length; i++) {
          v[i] = (int) values[i];
        }
        yield Tensor.of(device, v, dims);
      }
    };
  }

  /** Returns random numbers between two bounds. */
  protected static double[] numbers(long seed, int n, double low, double high) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] v = new double[n];
    for (int i = 0; i < n; i++) {
      v[i] = low + (high - low) * random.nextDouble();
    }
    return v;
  }

  /** Returns a tensor of random numbers in [−1, 1). */
  protected final Tensor random(DType dtype, long seed, int... dims) {
    return between(dtype, seed, -1, 1, dims);
  }

  /** Returns a tensor of random numbers between two bounds. */
  protected final Tensor between(DType dtype, long seed, double low, double high, int... dims) {
    return tensor(dtype, numbers(seed, Shape.of(dims).size(), low, high), dims);
  }

  /** Returns a tensor of random indices below a limit. */
  protected final Tensor indices(long seed, int limit, int... dims) {
    return between(DType.I32, seed, 0, limit, dims);
  }

  /** Returns a tensor to be overwritten, full of numbers that nobody expects. */
  protected final Tensor garbage(DType dtype, int... dims) {
    double[] v = new double[Shape.of(dims).size()];
    Arrays.fill(v, dtype == DType.I32 ? -77 : -7e7);
    return tensor(dtype, v, dims);
  }

  /** Returns garbage of the shape of another tensor. */
  protected final Tensor garbageLike(Tensor t) {
    return garbage(t.dtype(), t.shape().toArray());
  }

  /** Returns the same numbers on the reference in float64 (indices stay int32). */
  protected static Tensor exact(Tensor t) {
    DType dtype = t.dtype() == DType.I32 ? DType.I32 : DType.F64;
    return on(REFERENCE, dtype, t.toDoubleArray(), t.shape().toArray());
  }

  /** Returns the absolute values on the reference in float64. */
  protected static Tensor magnitude(Tensor t) {
    return on(REFERENCE, DType.F64, absolute(t.toDoubleArray()), t.shape().toArray());
  }

  /** Returns zeros on the reference in float64, for a result. */
  protected static Tensor blank(int... dims) {
    return Tensor.zeros(REFERENCE, DType.F64, dims);
  }

  /** Returns a blank of the shape of another tensor. */
  protected static Tensor blankLike(Tensor t) {
    return blank(t.shape().toArray());
  }

  /** Returns absolute values. */
  protected static double[] absolute(double[] v) {
    return Arrays.stream(v).map(Math::abs).toArray();
  }

  /**
   * Returns views with the same elements as the tensor in other layouts: transposed, every second
   * of a longer axis, behind an offset, and these at once.
   */
  protected final List<Tensor> views(Tensor t) {
    List<Tensor> views = new ArrayList<>();
    int rank = t.rank();
    if (rank >= 1) {
      views.add(stretched(t, 0));
      views.add(stretched(t, rank - 1));
    }
    if (rank >= 2) {
      Tensor flipped = contiguous(t.transpose(0, rank - 1)).transpose(0, rank - 1);
      views.add(flipped);
      views.add(stretched(flipped, rank - 1));
    }
    return views;
  }

  private Tensor contiguous(Tensor t) {
    return tensor(t.dtype(), t.toDoubleArray(), t.shape().toArray());
  }

  /** Returns the elements as every second of an axis, between numbers that nobody should read. */
  private Tensor stretched(Tensor t, int axis) {
    int[] dims = t.shape().toArray();
    int extent = dims[axis];
    dims[axis] = 2 * extent + 1;
    Tensor wide = garbage(t.dtype(), dims);
    Tensor view = wide.slice(axis, 1, 2 * extent + 1, 2);
    kernels().elementwise().copy(t, view);
    return view;
  }

  // ---- comparisons --------------------------------------------------------------------------

  /**
   * Requires abs(x − r) &lt;= unit · (4·abs(r) + 4·√n·S), unit being 2⁻²⁴ for float32 and 2⁻⁵³ for
   * float64.
   *
   * @param what the case, for the message
   * @param actual the results x
   * @param expected the reference's r
   * @param sums the sums S of absolute values
   * @param n how many numbers a sum has
   */
  protected static void assertBound(
      String what, Tensor actual, double[] expected, double[] sums, long n) {
    double[] x = actual.toDoubleArray();
    double unit = actual.dtype() == DType.F32 ? 0x1p-24 : 0x1p-53;
    assertEquals(expected.length, x.length, what + ": number of results");
    for (int i = 0; i < x.length; i++) {
      double r = expected[i];
      double bound = unit * (4 * Math.abs(r) + 4 * Math.sqrt(n) * sums[i]);
      boolean same = x[i] == r || (Double.isNaN(r) && Double.isNaN(x[i]));
      if (!same && !(Math.abs(x[i] - r) <= bound + Float.MIN_VALUE)) {
        fail(
            what
                + ": element "
                + i
                + " is "
                + x[i]
                + ", not "
                + r
                + " within "
                + bound
                + " (error "
                + Math.abs(x[i] - r) / bound
                + " bounds)");
      }
    }
  }

  /**
   * Requires results within so many units of the last place; infinities and zeros with their sign.
   */
  protected static void assertUlp(String what, Tensor actual, double[] expected, double ulps) {
    double[] x = actual.toDoubleArray();
    boolean single = actual.dtype() == DType.F32;
    assertEquals(expected.length, x.length, what + ": number of results");
    for (int i = 0; i < x.length; i++) {
      double r = single ? (float) expected[i] : expected[i];
      if (same(x[i], r)) {
        continue;
      }
      double ulp = single ? Math.ulp((float) expected[i]) : Math.ulp(expected[i]);
      if (!(ulps > 0) || !(Math.abs(x[i] - expected[i]) <= ulps * ulp)) {
        fail(what + ": element " + i + " is " + x[i] + ", not " + r);
      }
    }
  }

  /** Requires the same bits, any NaN being equal to any other. */
  protected static void assertSame(String what, double[] actual, double[] expected) {
    assertEquals(expected.length, actual.length, what + ": number of results");
    for (int i = 0; i < actual.length; i++) {
      if (!same(actual[i], expected[i])) {
        fail(what + ": element " + i + " is " + actual[i] + ", not " + expected[i]);
      }
    }
  }

  private static boolean same(double a, double b) {
    return Double.doubleToLongBits(a) == Double.doubleToLongBits(b);
  }

  // ---- refusals -----------------------------------------------------------------------------

  /** Requires an exception that names operation, argument, value and remedy. */
  protected static void refused(
      Class<? extends AdjointException> type, String op, String argument, Runnable call) {
    AdjointException e = assertThrows(AdjointException.class, call::run, op + " " + argument);
    assertEquals(type, e.getClass(), e.getMessage());
    assertEquals(op, e.op(), e.getMessage());
    assertTrue(e.argument().startsWith(argument), e.getMessage());
    assertFalse(e.value().isBlank(), e.getMessage());
    assertFalse(e.remedy().isBlank(), e.getMessage());
    assertEquals(
        e.op() + ": " + e.argument() + " is " + e.value() + "; " + e.remedy(), e.getMessage());
  }

  /** Requires a {@link ShapeException}. */
  protected static void wrongShape(String op, String argument, Runnable call) {
    refused(ShapeException.class, op, argument, call);
  }

  /** Requires a {@link DTypeException}. */
  protected static void wrongType(String op, String argument, Runnable call) {
    refused(DTypeException.class, op, argument, call);
  }

  /** Requires an {@link ArgumentException}. */
  protected static void wrong(String op, String argument, Runnable call) {
    refused(ArgumentException.class, op, argument, call);
  }
}
