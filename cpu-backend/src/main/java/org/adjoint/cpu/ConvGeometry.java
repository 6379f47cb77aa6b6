package org.adjoint.cpu;

import java.util.Arrays;
import org.adjoint.kernels.Conv2dSpec;

/**
 * The extents of one convolution and how an image is laid out for it.
 *
 * <p>A filter over an image is a matrix product whose right operand, the column matrix, repeats
 * each element once for every tap. It is never formed. Instead, an image (or a few of its rows) is
 * copied once for each <em>column</em> of the filter, shifted so that row k of the column matrix is
 * a contiguous run:
 *
 * <pre>
 *   plane (c, s, f), row q, column j  =  x[c, q · strideH + f − padH, j · strideW + s · dilationW − padW]
 *   row k = (c, r, s) of the column matrix starts in plane (c, s, r·dilationH mod strideH)
 *                                               at row r·dilationH div strideH
 * </pre>
 *
 * <p>so vectors run along the pixels of an output, across the ends of its rows, for any stride,
 * padding (even negative) and dilation, and the copy is smaller than the column matrix by the
 * height of the filter.
 */
final class ConvGeometry {
  /** Elements of planes that a part keeps in its second-level cache. */
  static final int PLANE_ELEMENTS = 40_000;

  /** Elements that a tile may read, and ignore, beyond the last plane. */
  static final int SLACK = 64;

  final int batch;
  final int groups;

  /** Channels of x in a group. */
  final int inChannels;

  /** Channels of y in a group. */
  final int outChannels;

  final int inHeight;
  final int inWidth;
  final int outHeight;
  final int outWidth;
  final int kernelH;
  final int kernelW;
  final int strideH;
  final int strideW;
  final int padH;
  final int padW;
  final int dilationH;
  final int dilationW;

  /** Taps of a filter: inChannels · kernelH · kernelW, the depth of the product. */
  final int taps;

  /** The rows of x, modulo strideH, that some tap reads (of an output row, but for the padding). */
  final int[] phases;

  /** Elements of a channel of x. */
  final int inPixels;

  /** Elements of a channel of y. */
  final int outPixels;

  ConvGeometry(int batch, int inC, int h, int w, int outC, int kh, int kw, Conv2dSpec spec) {
    this(
        batch,
        spec.groups(),
        inC / spec.groups(),
        outC / spec.groups(),
        new int[] {h, w},
        new int[] {
          Conv2dSpec.extent(h, kh, spec.strideH(), spec.padH(), spec.dilationH()),
          Conv2dSpec.extent(w, kw, spec.strideW(), spec.padW(), spec.dilationW())
        },
        new int[] {kh, kw},
        new int[] {spec.strideH(), spec.strideW()},
        new int[] {spec.padH(), spec.padW()},
        new int[] {spec.dilationH(), spec.dilationW()});
  }

  private ConvGeometry(
      int batch,
      int groups,
      int inChannels,
      int outChannels,
      int[] in,
      int[] out,
      int[] kernel,
      int[] stride,
      int[] pad,
      int[] dilation) {
    this.batch = batch;
    this.groups = groups;
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    inHeight = in[0];
    inWidth = in[1];
    outHeight = out[0];
    outWidth = out[1];
    kernelH = kernel[0];
    kernelW = kernel[1];
    // A step that is never made, or a distance between taps that do not exist, may be of any size.
    strideH = outHeight > 1 ? stride[0] : 1;
    strideW = outWidth > 1 ? stride[1] : 1;
    padH = pad[0];
    padW = pad[1];
    dilationH = kernelH > 1 ? dilation[0] : 1;
    dilationW = kernelW > 1 ? dilation[1] : 1;
    phases = phases(kernelH, dilationH, strideH);
    taps = inChannels * kernelH * kernelW;
    inPixels = inHeight * inWidth;
    outPixels = outHeight * outWidth;
  }

  private static int[] phases(int kernel, int dilation, int stride) {
    int[] found = new int[Math.min(kernel, stride)];
    int count = 0;
    for (int r = 0; r < kernel; r++) {
      int phase = r * dilation % stride;
      int i = 0;
      while (i < count && found[i] != phase) {
        i++;
      }
      if (i == count) {
        found[count++] = phase;
      }
    }
    return count == found.length ? found : Arrays.copyOf(found, count);
  }

  /** Returns the place of a phase among {@link #phases}. */
  private int phaseIndex(int phase) {
    int i = 0;
    while (phases[i] != phase) {
      i++;
    }
    return i;
  }

  /**
   * Returns the convolution that computes dx from dy where the step is 1: over dy, padded by what
   * the filter reaches beyond, with the filter turned by half a turn and its channels exchanged.
   */
  ConvGeometry backward() {
    return new ConvGeometry(
        batch,
        groups,
        outChannels,
        inChannels,
        new int[] {outHeight, outWidth},
        new int[] {inHeight, inWidth},
        new int[] {kernelH, kernelW},
        new int[] {1, 1},
        new int[] {dilationH * (kernelH - 1) - padH, dilationW * (kernelW - 1) - padW},
        new int[] {dilationH, dilationW});
  }

  /**
   * Returns whether dx is best computed by {@link #backward}: the step is 1 and the padding that it
   * multiplies is less than a quarter of the work.
   */
  boolean backwardByForward() {
    return strideH == 1 && strideW == 1 && inPixels * 3L < outPixels * 4L;
  }

  /** Returns the fused multiply-adds of one image and group. */
  long work() {
    return (long) outChannels * taps * outPixels;
  }

  /** Returns the rows of a plane that serve {@code rows} rows of the output. */
  int planeRows(int rows) {
    return rows + (kernelH - 1) * dilationH / strideH;
  }

  /** Returns the elements of a plane that serves {@code rows} rows of the output. */
  int planeSize(int rows) {
    return planeRows(rows) * outWidth;
  }

  /** Returns the planes of a channel. */
  int planesOfChannel() {
    return kernelW * phases.length;
  }

  /** Returns the elements of all planes of a group that serve {@code rows} rows of the output. */
  int planesSize(int rows) {
    return inChannels * planesOfChannel() * planeSize(rows);
  }

  /**
   * Returns how many rows of the output a part takes at a time: as many as fit the cache, fewer if
   * otherwise some parts had nothing to do. It changes no result.
   */
  int chunkRows(int parts) {
    long perRow = (long) inChannels * planesOfChannel() * outWidth;
    long fixed = perRow * (planeRows(1) - 1);
    int rows = (int) Math.max(4, (PLANE_ELEMENTS - fixed) / Math.max(1, perRow));
    int images = batch * groups;
    if (images < parts) {
      int pieces = (parts + images - 1) / images;
      rows = Math.min(rows, (outHeight + pieces - 1) / pieces);
    }
    return Math.clamp(rows, 1, outHeight);
  }

  /** Fills {@code table} with the place of each row k of the column matrix within the planes. */
  void table(int rows, int[] table) {
    int plane = planeSize(rows);
    int k = 0;
    for (int c = 0; c < inChannels; c++) {
      for (int r = 0; r < kernelH; r++) {
        int shift = r * dilationH;
        int phase = phaseIndex(shift % strideH);
        for (int s = 0; s < kernelW; s++) {
          int index = (c * kernelW + s) * phases.length + phase;
          table[k++] = index * plane + shift / strideH * outWidth;
        }
      }
    }
  }

  /** Returns the first of {@code count} steps that, begun {@code shift} from an edge, is inside. */
  static int firstInside(int shift, int step, int count) {
    return Math.clamp(Math.floorDiv(-shift + step - 1, step), 0, count);
  }

  /** Returns one more than the last of {@code count} steps that is below {@code extent}. */
  static int lastInside(int shift, int step, int extent, int count) {
    return Math.clamp(Math.floorDiv(extent - shift + step - 1, step), 0, count);
  }
}
