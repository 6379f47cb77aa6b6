package org.adjoint.kernels.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.List;
import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.kernels.ConvolutionKernels;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The contract of the convolutions of {@link ConvolutionKernels}. */
public abstract class ConvolutionsContract extends KernelsContract {
  /** Images [batch, ins, h, w] under a filter of outs × kh × kw. */
  private record Case(int batch, int ins, int h, int w, int outs, int kh, int kw, Conv2dSpec spec) {
    int[] x() {
      return new int[] {batch, ins, h, w};
    }

    int[] filter() {
      return new int[] {outs, ins / spec.groups(), kh, kw};
    }

    int[] y() {
      return new int[] {
        batch,
        outs,
        Conv2dSpec.extent(h, kh, spec.strideH(), spec.padH(), spec.dilationH()),
        Conv2dSpec.extent(w, kw, spec.strideW(), spec.padW(), spec.dilationW())
      };
    }
  }

  private static Case of(
      int batch,
      int ins,
      int side,
      int outs,
      int kernel,
      int stride,
      int pad,
      int dilation,
      int g) {
    Conv2dSpec spec = Conv2dSpec.of(stride, pad, dilation, g);
    return new Case(batch, ins, side, side, outs, kernel, kernel, spec);
  }

  private static final List<Case> CASES =
      List.of(
          of(1, 1, 1, 1, 1, 1, 0, 1, 1),
          of(2, 1, 28, 6, 5, 1, 2, 1, 1),
          of(3, 6, 14, 16, 5, 1, 0, 1, 1),
          of(2, 3, 8, 4, 3, 1, 1, 1, 1),
          of(2, 3, 9, 5, 3, 2, 1, 1, 1),
          of(1, 4, 17, 7, 1, 1, 0, 1, 1),
          of(2, 4, 7, 6, 1, 3, 0, 1, 2),
          of(2, 4, 11, 6, 3, 1, 2, 2, 2),
          of(1, 8, 10, 8, 3, 1, 1, 1, 8),
          of(2, 8, 6, 16, 2, 2, 0, 1, 8),
          of(1, 2, 5, 3, 5, 1, 4, 1, 1),
          of(1, 2, 3, 3, 4, 3, 3, 1, 1),
          of(1, 1, 33, 1, 31, 1, 0, 1, 1),
          of(5, 3, 4, 33, 4, 1, 0, 1, 1),
          of(0, 2, 5, 3, 3, 1, 1, 1, 1),
          of(2, 0, 4, 3, 3, 1, 1, 1, 1),
          of(2, 3, 4, 0, 3, 1, 1, 1, 1),
          new Case(2, 3, 7, 12, 4, 2, 5, new Conv2dSpec(2, 3, 1, 0, 3, 1, 1)),
          new Case(1, 4, 1, 20, 6, 1, 7, new Conv2dSpec(1, 2, 0, 3, 1, 2, 2)),
          new Case(2, 2, 0, 3, 3, 2, 3, new Conv2dSpec(1, 1, 1, 1, 1, 1, 1)),
          new Case(1, 3, 40, 37, 70, 3, 3, new Conv2dSpec(1, 1, 1, 1, 1, 1, 1)));

  private ConvolutionKernels convolutions() {
    return kernels().convolutions();
  }

  @Test
  void forward() {
    for (DType dtype : FLOATING) {
      for (Case c : CASES) {
        Tensor x = random(dtype, 1, c.x());
        Tensor w = random(dtype, 2, c.filter());
        checkForward(c, x, w, null);
        checkForward(c, x, w, random(dtype, 3, c.outs));
      }
    }
  }

  private void checkForward(Case c, Tensor x, Tensor w, @Nullable Tensor bias) {
    Tensor y = garbage(x.dtype(), c.y());
    convolutions().conv2d(x, w, bias, c.spec, y);
    Tensor r = blankLike(y);
    Tensor shift = bias == null ? null : exact(bias);
    reference().convolutions().conv2d(exact(x), exact(w), shift, c.spec, r);
    Tensor s = blankLike(y);
    Tensor size = bias == null ? null : magnitude(bias);
    reference().convolutions().conv2d(magnitude(x), magnitude(w), size, c.spec, s);
    long n = (long) w.dim(1) * c.kh * c.kw + 1;
    assertBound(c + " " + x.dtype(), y, r.toDoubleArray(), s.toDoubleArray(), n);
  }

  @Test
  void inputGradient() {
    for (DType dtype : FLOATING) {
      for (Case c : CASES) {
        checkInputGradient(c, random(dtype, 1, c.y()), random(dtype, 2, c.filter()));
      }
    }
  }

  private void checkInputGradient(Case c, Tensor dy, Tensor w) {
    Tensor dx = garbage(dy.dtype(), c.x());
    convolutions().conv2dInputGradient(dy, w, c.spec, dx);
    Tensor r = blankLike(dx);
    reference().convolutions().conv2dInputGradient(exact(dy), exact(w), c.spec, r);
    Tensor s = blankLike(dx);
    reference().convolutions().conv2dInputGradient(magnitude(dy), magnitude(w), c.spec, s);
    long n = (long) c.outs / c.spec.groups() * c.kh * c.kw;
    assertBound(c + " " + dy.dtype(), dx, r.toDoubleArray(), s.toDoubleArray(), n);
  }

  @Test
  void weightGradient() {
    for (DType dtype : FLOATING) {
      for (Case c : CASES) {
        Tensor x = random(dtype, 1, c.x());
        Tensor dy = random(dtype, 2, c.y());
        Tensor dw = garbage(dtype, c.filter());
        convolutions().conv2dWeightGradient(x, dy, c.spec, dw);
        Tensor r = blankLike(dw);
        reference().convolutions().conv2dWeightGradient(exact(x), exact(dy), c.spec, r);
        Tensor s = blankLike(dw);
        reference().convolutions().conv2dWeightGradient(magnitude(x), magnitude(dy), c.spec, s);
        long n = (long) c.batch * dy.dim(2) * dy.dim(3);
        assertBound(c + " " + dtype, dw, r.toDoubleArray(), s.toDoubleArray(), n);
      }
    }
  }

  @Test
  void viewsConvolveLikeTheirCopies() {
    Case c = of(2, 4, 9, 6, 3, 2, 1, 1, 2);
    for (DType dtype : FLOATING) {
      Tensor x = random(dtype, 1, c.x());
      Tensor w = random(dtype, 2, c.filter());
      Tensor dy = random(dtype, 3, c.y());
      for (Tensor vx : views(x)) {
        for (Tensor vw : views(w)) {
          checkForward(c, vx, vw, random(dtype, 4, 12).slice(0, 0, 12, 2));
        }
        for (Tensor vy : views(dy)) {
          Tensor plain = garbage(dtype, c.filter());
          convolutions().conv2dWeightGradient(x, dy, c.spec, plain);
          Tensor dw = garbageLike(plain);
          convolutions().conv2dWeightGradient(vx, vy, c.spec, dw);
          assertSame("dw", dw.toDoubleArray(), plain.toDoubleArray());
        }
      }
      Tensor plain = garbage(dtype, c.x());
      convolutions().conv2dInputGradient(dy, w, c.spec, plain);
      for (Tensor vy : views(dy)) {
        Tensor dx = garbageLike(plain);
        convolutions().conv2dInputGradient(vy, views(w).get(0), c.spec, dx);
        assertSame("dx", dx.toDoubleArray(), plain.toDoubleArray());
      }
    }
  }

  @Test
  void notANumberStaysInItsWindows() {
    Case c = of(2, 2, 7, 3, 3, 1, 1, 1, 1);
    double[] v = numbers(1, 2 * 2 * 49, -1, 1);
    v[10] = Double.NaN;
    for (DType dtype : FLOATING) {
      checkForward(c, tensor(dtype, v, c.x()), between(dtype, 2, 0.5, 1, c.filter()), null);
    }
  }

  /**
   * A product that the sum does not have is no product with zero: infinities stay where they are.
   */
  @Test
  void anInfiniteWeightIsMultipliedOnlyWithWhatItMeets() {
    for (DType dtype : FLOATING) {
      for (int stride = 1; stride <= 2; stride++) {
        Case c = of(2, 2, 7, 3, 3, 1, stride, 1, 1);
        double[] v = numbers(3, 3 * 2 * 9, 0.5, 1);
        v[0] = Double.POSITIVE_INFINITY;
        v[13] = Double.NaN;
        checkInputGradient(c, between(dtype, 1, 0.5, 1, c.y()), tensor(dtype, v, c.filter()));
      }
    }
  }

  @Test
  void smallConvolutionByHand() {
    Tensor x = tensor(DType.F32, new double[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, 1, 1, 3, 3);
    Tensor w = tensor(DType.F32, new double[] {1, 0, 0, -1}, 1, 1, 2, 2);
    Tensor bias = tensor(DType.F32, new double[] {0.5}, 1);
    Tensor y = garbage(DType.F32, 1, 1, 2, 2);
    convolutions().conv2d(x, w, bias, Conv2dSpec.DEFAULT, y);
    assertSame("forward", y.toDoubleArray(), new double[] {-3.5, -3.5, -3.5, -3.5});

    Tensor dy = tensor(DType.F32, new double[] {1, 2, 3, 4}, 1, 1, 2, 2);
    Tensor dx = garbageLike(x);
    convolutions().conv2dInputGradient(dy, w, Conv2dSpec.DEFAULT, dx);
    assertArrayEquals(new float[] {1, 2, 0, 3, 3, -2, 0, -3, -4}, dx.toFloatArray());

    Tensor dw = garbageLike(w);
    convolutions().conv2dWeightGradient(x, dy, Conv2dSpec.DEFAULT, dw);
    assertArrayEquals(new float[] {37, 47, 67, 77}, dw.toFloatArray());
  }
}
