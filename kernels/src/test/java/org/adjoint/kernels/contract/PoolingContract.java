package org.adjoint.kernels.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.adjoint.kernels.ConvolutionKernels;
import org.adjoint.kernels.Pool2dSpec;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** The contract of the pooling in {@link ConvolutionKernels}. */
public abstract class PoolingContract extends KernelsContract {
  private static final List<Pool2dSpec> SPECS =
      List.of(
          Pool2dSpec.of(1, 1),
          Pool2dSpec.of(2, 2),
          Pool2dSpec.of(3, 2),
          Pool2dSpec.of(2, 3),
          Pool2dSpec.of(3, 1),
          new Pool2dSpec(2, 2, 2, 2, 1, 1),
          new Pool2dSpec(3, 3, 2, 2, 1, 1),
          new Pool2dSpec(2, 3, 1, 2, 0, 1),
          new Pool2dSpec(5, 4, 3, 2, 2, 2),
          Pool2dSpec.of(2, 2).roundedUp(),
          new Pool2dSpec(3, 2, 2, 3, 1, 1).roundedUp());

  private static final List<Pool2dSpec> DILATED =
      List.of(
          new Pool2dSpec(2, 3, 1, 1, 0, 0).dilated(3, 2),
          new Pool2dSpec(1, 2, 1, 1, 0, 0).dilated(Integer.MAX_VALUE, 2),
          new Pool2dSpec(3, 2, 2, 1, 2, 1, 2, 4, false),
          new Pool2dSpec(2, 2, 2, 2, 1, 1).dilated(2, 3).roundedUp());

  private static final int[][] IMAGES = {
    {1, 1, 5, 5},
    {2, 3, 8, 8},
    {2, 6, 28, 28},
    {3, 2, 7, 11},
    {1, 2, 17, 33},
    {0, 2, 6, 6},
    {2, 0, 6, 6},
    {1, 1, 64, 65}
  };

  private ConvolutionKernels pooling() {
    return kernels().convolutions();
  }

  private static int[] pooled(int[] x, Pool2dSpec p) {
    return new int[] {x[0], x[1], p.outH(x[2]), p.outW(x[3])};
  }

  private void checkMax(Tensor x, Pool2dSpec spec) {
    int[] dims = pooled(x.shape().toArray(), spec);
    Tensor y = garbage(x.dtype(), dims);
    Tensor index = garbage(DType.I32, dims);
    pooling().maxPool2d(x, spec, y, index);
    Tensor r = blank(dims);
    Tensor place = exact(garbage(DType.I32, dims));
    reference().convolutions().maxPool2d(exact(x), spec, r, place);
    String what = x.layout() + " " + spec;
    assertSame(what, y.toDoubleArray(), r.toDoubleArray());
    assertArrayEquals(place.toIntArray(), index.toIntArray(), what);

    Tensor dy = random(x.dtype(), 7, dims);
    Tensor dx = garbage(x.dtype(), x.shape().toArray());
    pooling().maxPool2dGradient(dy, index, dx);
    Tensor g = blankLike(dx);
    reference().convolutions().maxPool2dGradient(exact(dy), place, g);
    Tensor s = blankLike(dx);
    reference().convolutions().maxPool2dGradient(magnitude(dy), place, s);
    int windows = spec.kernelH() * spec.kernelW();
    assertBound(what, dx, g.toDoubleArray(), s.toDoubleArray(), windows);
  }

  private static List<Pool2dSpec> specs() {
    return Stream.concat(SPECS.stream(), DILATED.stream()).toList();
  }

  @Test
  void maximum() {
    for (DType dtype : FLOATING) {
      for (Pool2dSpec spec : specs()) {
        for (int[] dims : IMAGES) {
          checkMax(random(dtype, 1, dims), spec);
        }
        for (Tensor view : views(random(dtype, 2, 2, 3, 9, 7))) {
          checkMax(view, spec);
        }
      }
    }
  }

  @Test
  void maximumOfTiesAndSpecialNumbers() {
    for (DType dtype : FLOATING) {
      for (Pool2dSpec spec : specs()) {
        double[] v = numbers(3, 2 * 9 * 33, -2, 2);
        for (int i = 0; i < v.length; i++) {
          v[i] = i % 7 == 3 ? SPECIAL[i % SPECIAL.length] : Math.rint(v[i]);
        }
        checkMax(tensor(dtype, v, 1, 2, 9, 33), spec);
        for (double same : new double[] {Double.NEGATIVE_INFINITY, Double.NaN, -0.0}) {
          Arrays.fill(v, same);
          checkMax(tensor(dtype, v, 1, 2, 9, 33), spec);
        }
      }
    }
  }

  private void checkAverage(Tensor x, Pool2dSpec spec) {
    int[] dims = pooled(x.shape().toArray(), spec);
    int n = spec.kernelH() * spec.kernelW();
    String what = x.layout() + " " + spec;
    Tensor y = garbage(x.dtype(), dims);
    pooling().avgPool2d(x, spec, y);
    Tensor r = blank(dims);
    reference().convolutions().avgPool2d(exact(x), spec, r);
    Tensor s = blank(dims);
    reference().convolutions().avgPool2d(magnitude(x), spec, s);
    assertBound(what, y, r.toDoubleArray(), s.toDoubleArray(), n);

    Tensor dy = random(x.dtype(), 7, dims);
    Tensor dx = garbage(x.dtype(), x.shape().toArray());
    pooling().avgPool2dGradient(dy, spec, dx);
    Tensor g = blankLike(dx);
    reference().convolutions().avgPool2dGradient(exact(dy), spec, g);
    Tensor t = blankLike(dx);
    reference().convolutions().avgPool2dGradient(magnitude(dy), spec, t);
    assertBound(what, dx, g.toDoubleArray(), t.toDoubleArray(), n);
  }

  @Test
  void average() {
    for (DType dtype : FLOATING) {
      for (Pool2dSpec spec : SPECS) {
        for (int[] dims : IMAGES) {
          checkAverage(random(dtype, 1, dims), spec);
        }
        for (Tensor view : views(random(dtype, 2, 2, 3, 9, 7))) {
          checkAverage(view, spec);
        }
      }
    }
  }

  /** PyTorch's extents: a last window must begin in x or in front of it. */
  @Test
  void extentsRoundedUpAndDown() {
    Pool2dSpec two = new Pool2dSpec(2, 2, 2, 2, 1, 0);
    assertArrayEquals(new int[] {1, 1, 3, 2}, pooled(new int[] {1, 1, 5, 5}, two));
    assertArrayEquals(new int[] {1, 1, 3, 3}, pooled(new int[] {1, 1, 5, 5}, two.roundedUp()));
    assertArrayEquals(new int[] {1, 1, 2, 1}, pooled(new int[] {1, 1, 2, 1}, two.roundedUp()));
    assertArrayEquals(new int[] {1, 1, 2, 0}, pooled(new int[] {1, 1, 2, 1}, two));
    Pool2dSpec wide = new Pool2dSpec(3, 1, 3, 1, 0, 0).dilated(4, 1);
    assertArrayEquals(new int[] {1, 1, 1, 1}, pooled(new int[] {1, 1, 9, 1}, wide));
    assertArrayEquals(new int[] {1, 1, 2, 1}, pooled(new int[] {1, 1, 10, 1}, wide.roundedUp()));
    assertArrayEquals(new int[] {1, 1, 0, 1}, pooled(new int[] {1, 1, 6, 1}, wide.roundedUp()));
  }

  @Test
  void smallPoolingByHand() {
    double[] v = {1, 5, 2, 3, 4, 0, -1, 7, 8, 9, 9, 6, -3, -4, -5, -6};
    Tensor x = tensor(DType.F32, v, 1, 1, 4, 4);
    Tensor y = garbage(DType.F32, 1, 1, 2, 2);
    Tensor index = garbage(DType.I32, 1, 1, 2, 2);
    pooling().maxPool2d(x, Pool2dSpec.of(2, 2), y, index);
    assertSame("max", y.toDoubleArray(), new double[] {5, 7, 9, 9});
    assertArrayEquals(new int[] {1, 7, 9, 10}, index.toIntArray());
    pooling().avgPool2d(x, Pool2dSpec.of(2, 2), y);
    assertSame("average", y.toDoubleArray(), new double[] {2.5, 2.75, 2.5, 1});
    // Padded zeros count: the first window holds three of them and the 1.
    Tensor corner = garbage(DType.F32, 1, 1, 3, 3);
    pooling().avgPool2d(x, new Pool2dSpec(2, 2, 2, 2, 1, 1), corner);
    assertSame("padded", new double[] {corner.get(0, 0, 0, 0)}, new double[] {0.25});
  }
}
