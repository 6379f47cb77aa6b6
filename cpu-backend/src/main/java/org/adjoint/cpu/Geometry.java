package org.adjoint.cpu;

import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.tensor.Tensor;

/**
 * The extents of a convolution.
 *
 * @param batch images
 * @param channels channels of an image
 * @param inH rows of an input plane
 * @param inW columns of an input plane
 * @param filters channels of the output
 * @param kernelH rows of a filter
 * @param kernelW columns of a filter
 * @param outH rows of an output plane
 * @param outW columns of an output plane
 * @param spec strides, padding, dilation and groups
 */
record Geometry(
    int batch,
    int channels,
    int inH,
    int inW,
    int filters,
    int kernelH,
    int kernelW,
    int outH,
    int outW,
    Conv2dSpec spec) {
  /** Nothing, to stand where no convolution is set. */
  static final Geometry NONE = new Geometry(0, 0, 0, 0, 0, 0, 0, 0, 0, Conv2dSpec.DEFAULT);

  /** Reads the extents off input, filters and output, or their gradients. */
  static Geometry of(Tensor x, Tensor w, Tensor y, Conv2dSpec spec) {
    return new Geometry(
        x.dim(0), x.dim(1), x.dim(2), x.dim(3), y.dim(1), w.dim(2), w.dim(3), y.dim(2), y.dim(3),
        spec);
  }

  int groups() {
    return spec.groups();
  }

  int groupChannels() {
    return channels / spec.groups();
  }

  /** Taps of a filter: channels of a group × rows × columns. */
  int taps() {
    return groupChannels() * kernelH * kernelW;
  }

  int inPlane() {
    return inH * inW;
  }

  /** Multiply-adds of each direction. */
  long work() {
    return (long) batch * filters * taps() * outH * outW;
  }

  /** Whether the patches are the input itself. */
  boolean isPointwise() {
    return kernelH == 1
        && kernelW == 1
        && spec.strideH() == 1
        && spec.strideW() == 1
        && spec.padH() == 0
        && spec.padW() == 0;
  }

  /** Output rows of a block whose patches have at most so many elements; at least one. */
  int blockRows(int elements) {
    return Math.clamp(elements / Math.max(1L, (long) taps() * outW), 1, outH);
  }

  /** Blocks of an image. */
  int blocks(int elements) {
    int rows = blockRows(elements);
    return (outH + rows - 1) / rows;
  }

  /** The first output column whose tap, {@code shift} to the right, lies in the input. */
  int firstColumn(int shift) {
    return shift >= 0 ? 0 : Math.min(outW, (-shift + spec.strideW() - 1) / spec.strideW());
  }

  /** One more than the last output column whose tap lies in the input. */
  int lastColumn(int shift) {
    int room = inW - 1 - shift;
    return room < 0 ? 0 : Math.min(outW, room / spec.strideW() + 1);
  }
}
