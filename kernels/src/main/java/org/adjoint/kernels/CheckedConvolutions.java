package org.adjoint.kernels;

import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Checks the arguments of convolution and pooling; see {@link CheckedKernels}. */
final class CheckedConvolutions implements ConvolutionKernels {
  private static final String IMAGES = "[batch, channels, height, width]";

  private final Arguments check;
  private final ConvolutionKernels raw;
  private final ElementwiseKernels elementwise;

  CheckedConvolutions(Arguments check, ConvolutionKernels raw, ElementwiseKernels elementwise) {
    this.check = check;
    this.raw = raw;
    this.elementwise = elementwise;
  }

  // ---- convolution --------------------------------------------------------------------------

  @Override
  public void conv2d(Tensor x, Tensor w, @Nullable Tensor bias, Conv2dSpec spec, Tensor y) {
    String op = "conv2d";
    images(op, "x", x, x);
    images(op, "w", w, x);
    images(op, "y", y, x);
    if (bias != null) {
      check.typed(op, "bias", bias, x.dtype());
      check.shape(op, "bias", bias, w.dim(0));
    }
    geometry(op, x, w, spec, y, "y");
    result(op, "y", y, "x", x, "w", w);
    check.apart(op, "y", y, "bias", bias);
    if (y.size() == 0) {
      return;
    }
    if (x.size() == 0 || w.size() == 0) {
      if (bias == null) {
        elementwise.fill(0, y);
      } else {
        elementwise.copy(bias.reshape(bias.size(), 1, 1).expand(y.shape()), y);
      }
      return;
    }
    raw.conv2d(
        check.contiguous(x),
        check.contiguous(w),
        bias == null ? null : check.contiguous(bias),
        spec,
        y);
  }

  @Override
  public void conv2dInputGradient(Tensor dy, Tensor w, Conv2dSpec spec, Tensor dx) {
    String op = "conv2d input gradient";
    images(op, "dy", dy, dy);
    images(op, "w", w, dy);
    images(op, "dx", dx, dy);
    geometry(op, dx, w, spec, dy, "dy");
    result(op, "dx", dx, "dy", dy, "w", w);
    if (dx.size() == 0) {
      return;
    }
    if (dy.size() == 0 || w.size() == 0) {
      elementwise.fill(0, dx);
      return;
    }
    raw.conv2dInputGradient(check.contiguous(dy), check.contiguous(w), spec, dx);
  }

  @Override
  public void conv2dWeightGradient(Tensor x, Tensor dy, Conv2dSpec spec, Tensor dw) {
    String op = "conv2d weight gradient";
    images(op, "x", x, x);
    images(op, "dy", dy, x);
    images(op, "dw", dw, x);
    geometry(op, x, dw, spec, dy, "dy");
    result(op, "dw", dw, "x", x, "dy", dy);
    if (dw.size() == 0) {
      return;
    }
    if (x.size() == 0 || dy.size() == 0) {
      elementwise.fill(0, dw);
      return;
    }
    raw.conv2dWeightGradient(check.contiguous(x), check.contiguous(dy), spec, dw);
  }

  private void images(String op, String name, Tensor t, Tensor first) {
    check.floating(op, name, t);
    check.typed(op, name, t, first.dtype());
    check.rank(op, name, t, 4, name.endsWith("w") ? "[out, in / groups, height, width]" : IMAGES);
  }

  private void geometry(String op, Tensor x, Tensor w, Conv2dSpec spec, Tensor y, String yName) {
    check.present(op, "spec", spec);
    int g = spec.groups();
    if (x.dim(1) % g != 0 || w.dim(0) % g != 0) {
      throw new ShapeException(
          op,
          "groups",
          g,
          "it must divide the channels, " + x.dim(1) + " in and " + w.dim(0) + " out");
    }
    if (w.dim(1) != x.dim(1) / g) {
      throw new ShapeException(
          op,
          "the weight",
          w.shape(),
          "for images " + x.shape() + " its second extent must be " + x.dim(1) / g);
    }
    int h = extent(op, x.dim(2), w.dim(2), spec.strideH(), spec.padH(), spec.dilationH());
    int v = extent(op, x.dim(3), w.dim(3), spec.strideW(), spec.padW(), spec.dilationW());
    check.shape(op, yName, y, x.dim(0), w.dim(0), h, v);
  }

  /** The extent of the output, if the window is not empty and fits. */
  private static int extent(String op, int in, int window, int stride, int pad, int dilation) {
    if (window == 0) {
      throw new ShapeException(op, "the window", window, "its height and width must be at least 1");
    }
    requirePadded(op, in, pad);
    if ((window - 1L) * dilation + 1 > in + 2L * pad) {
      throw tooLong(op, in, window, pad, dilation);
    }
    return Conv2dSpec.extent(in, window, stride, pad, dilation);
  }

  private static void requirePadded(String op, int in, int pad) {
    long padded = in + 2L * pad;
    if (padded > Integer.MAX_VALUE) {
      throw new ShapeException(
          op, "the padded extent", padded, "it must be at most 2147483647; pad less");
    }
  }

  private static ShapeException tooLong(String op, int in, int window, int pad, int dilation) {
    return new ShapeException(
        op,
        "the window",
        window,
        "with dilation "
            + dilation
            + " it does not fit into the extent "
            + in
            + " padded by "
            + pad
            + " at both ends");
  }

  private void result(
      String op, String name, Tensor out, String aName, Tensor a, String bName, Tensor b) {
    check.dense(op, name, out);
    check.apart(op, name, out, aName, a);
    check.apart(op, name, out, bName, b);
  }

  // ---- pooling ------------------------------------------------------------------------------

  @Override
  public void maxPool2d(Tensor x, Pool2dSpec spec, Tensor y, Tensor index) {
    String op = "max_pool2d";
    images(op, "x", x, x);
    images(op, "y", y, x);
    check.typed(op, "index", index, DType.I32);
    windows(op, x, "x", spec, y, "y");
    check.shapeOf(op, "index", index, y);
    check.dense(op, "y", y);
    check.dense(op, "index", index);
    check.apart(op, "y", y, "x", x);
    if (y.size() > 0) {
      raw.maxPool2d(check.contiguous(x), spec, y, index);
    }
  }

  @Override
  public void maxPool2dGradient(Tensor dy, Tensor index, Tensor dx) {
    String op = "max_pool2d gradient";
    images(op, "dy", dy, dy);
    images(op, "dx", dx, dy);
    check.typed(op, "index", index, DType.I32);
    check.shapeOf(op, "index", index, dy);
    if (dx.dim(0) != dy.dim(0) || dx.dim(1) != dy.dim(1)) {
      throw new ShapeException(
          op, "dx", dx.shape(), "its batch and channels must be those of dy, " + dy.shape());
    }
    check.dense(op, "dx", dx);
    check.apart(op, "dx", dx, "dy", dy);
    if (dy.size() == 0 || dx.size() == 0) {
      check.indices(op, "index", index, 0);
      elementwise.fill(0, dx);
      return;
    }
    Tensor places = check.indices(op, "index", index, dx.dim(2) * dx.dim(3));
    raw.maxPool2dGradient(check.contiguous(dy), places, dx);
  }

  @Override
  public void avgPool2d(Tensor x, Pool2dSpec spec, Tensor y) {
    String op = "avg_pool2d";
    withoutGaps(op, spec);
    images(op, "x", x, x);
    images(op, "y", y, x);
    windows(op, x, "x", spec, y, "y");
    check.dense(op, "y", y);
    check.apart(op, "y", y, "x", x);
    if (y.size() > 0) {
      raw.avgPool2d(check.contiguous(x), spec, y);
    }
  }

  @Override
  public void avgPool2dGradient(Tensor dy, Pool2dSpec spec, Tensor dx) {
    String op = "avg_pool2d gradient";
    withoutGaps(op, spec);
    images(op, "dy", dy, dy);
    images(op, "dx", dx, dy);
    windows(op, dx, "dx", spec, dy, "dy");
    check.dense(op, "dx", dx);
    check.apart(op, "dx", dx, "dy", dy);
    if (dx.size() > 0) {
      raw.avgPool2dGradient(check.contiguous(dy), spec, dx);
    }
  }

  private void windows(String op, Tensor x, String xName, Pool2dSpec spec, Tensor y, String yName) {
    check.present(op, "spec", spec);
    if (x.dim(2) == 0 || x.dim(3) == 0) {
      throw new ShapeException(op, xName, x.shape(), "its planes are empty");
    }
    int h = spec.outH(x.dim(2));
    int v = spec.outW(x.dim(3));
    fits(op, h > 0, x.dim(2), spec.kernelH(), spec.padH(), spec.dilationH());
    fits(op, v > 0, x.dim(3), spec.kernelW(), spec.padW(), spec.dilationW());
    check.shape(op, yName, y, x.dim(0), x.dim(1), h, v);
  }

  /** Whether a window fits, and each has an element of x: one in front of it may step over all. */
  private static void fits(String op, boolean any, int in, int window, int pad, int dilation) {
    requirePadded(op, in, pad);
    if (!any) {
      throw tooLong(op, in, window, pad, dilation);
    }
    if (pad > 0 && dilation > in) {
      throw new ShapeException(
          op,
          "the dilation",
          dilation,
          "with padding it must be at most the extent " + in + ", or windows may be empty");
    }
  }

  private void withoutGaps(String op, Pool2dSpec spec) {
    check.present(op, "spec", spec);
    if (spec.dilationH() != 1 || spec.dilationW() != 1) {
      throw new ArgumentException(
          op,
          "dilation",
          spec.dilationH() + "x" + spec.dilationW(),
          "means are of windows without gaps, it must be 1");
    }
  }
}
