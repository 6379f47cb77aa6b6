package org.adjoint.cpu;

import java.util.Arrays;
import org.adjoint.kernels.Pool2dSpec;
import org.adjoint.tensor.HeapStorage;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Pooling of float32 planes: the planes [batch · channels] are split over the threads. Windows
 * overlap only within a plane, so nothing depends on the split.
 */
final class FloatPooling extends Region {
  private enum Kind {
    MAX,
    MAX_GRADIENT,
    AVERAGE,
    AVERAGE_GRADIENT
  }

  private static final RowLoops LOOPS = RowLoops.best();
  private static final float[] NONE = {};
  private static final int[] NO_INDEX = {};
  private static final ThreadLocal<FloatPooling> CURRENT =
      ThreadLocal.withInitial(FloatPooling::new);

  private Kind kind = Kind.MAX;
  private @Nullable Pool2dSpec spec;
  private int planes;
  private int inH;
  private int inW;
  private int outH;
  private int outW;
  private float[] in = NONE;
  private int inAt;
  private float[] out = NONE;
  private int outAt;
  private int[] index = NO_INDEX;
  private int indexAt;

  private FloatPooling() {}

  static void max(Tensor x, Pool2dSpec spec, Tensor y, Tensor index) {
    CURRENT.get().start(Kind.MAX, spec, x, y, index);
  }

  static void maxGradient(Tensor dy, Tensor index, Tensor dx) {
    CURRENT.get().start(Kind.MAX_GRADIENT, null, dx, dy, index);
  }

  static void average(Tensor x, Pool2dSpec spec, Tensor y) {
    CURRENT.get().start(Kind.AVERAGE, spec, x, y, null);
  }

  static void averageGradient(Tensor dy, Pool2dSpec spec, Tensor dx) {
    CURRENT.get().start(Kind.AVERAGE_GRADIENT, spec, dx, dy, null);
  }

  private void start(
      Kind what, @Nullable Pool2dSpec window, Tensor x, Tensor y, @Nullable Tensor winners) {
    kind = what;
    spec = window;
    planes = x.dim(0) * x.dim(1);
    inH = x.dim(2);
    inW = x.dim(3);
    outH = y.dim(2);
    outW = y.dim(3);
    in = Heap.floats(x);
    inAt = Heap.at(x);
    out = Heap.floats(y);
    outAt = Heap.at(y);
    if (winners != null) {
      index = ((HeapStorage) winners.storage()).ints();
      indexAt = winners.layout().offset();
    }
    try {
      int parts = Parallel.partsFor((long) planes * (inH * inW + 4L * outH * outW));
      Parallel.run(this, Math.max(1, Math.min(parts, planes)));
    } finally {
      in = NONE;
      out = NONE;
      index = NO_INDEX;
      spec = null;
    }
  }

  @Override
  public void run(int part, int parts) {
    int inSize = inH * inW;
    int outSize = outH * outW;
    int end = first(planes, part + 1, parts);
    for (int p = first(planes, part, parts); p < end; p++) {
      int i = inAt + p * inSize;
      int o = outAt + p * outSize;
      Pool2dSpec s = spec;
      if (s == null || kind == Kind.MAX_GRADIENT) {
        scatter(o, indexAt + p * outSize, outSize, i, inSize);
      } else if (kind == Kind.MAX) {
        if (isTwoByTwo(s)) {
          for (int r = 0; r < outH; r++) {
            int to = r * outW;
            LOOPS.maxTwoByTwo(
                in, i, 2 * r * inW, inW, outW, out, o + to, index, indexAt + p * outSize + to);
          }
        } else {
          maxPlane(s, i, o, indexAt + p * outSize);
        }
      } else if (kind == Kind.AVERAGE) {
        averagePlane(s, i, o);
      } else {
        Arrays.fill(in, i, i + inSize, 0);
        spreadPlane(s, i, o);
      }
    }
  }

  /** Whether windows are two by two, next to each other and all within the plane. */
  private boolean isTwoByTwo(Pool2dSpec s) {
    return s.kernelH() == 2
        && s.kernelW() == 2
        && s.strideH() == 2
        && s.strideW() == 2
        && s.padH() == 0
        && s.padW() == 0
        && s.dilationH() == 1
        && s.dilationW() == 1
        && 2 * outH <= inH
        && 2 * outW <= inW;
  }

  /** Whether v wins over the best before it: larger, or the first NaN. */
  private static boolean wins(float v, float best) {
    return v > best || (v != v && best == best);
  }

  /** The first place of a window that is not in front of the plane. */
  private static int inside(int first, int dilation) {
    return first >= 0 ? first : first + (dilation - 1 - first) / dilation * dilation;
  }

  private void maxPlane(Pool2dSpec s, int at, int yAt, int winnersAt) {
    int down = s.dilationH();
    int along = s.dilationW();
    int spanH = (s.kernelH() - 1) * down + 1;
    int spanW = (s.kernelW() - 1) * along + 1;
    for (int r = 0; r < outH; r++) {
      int top = inside(r * s.strideH() - s.padH(), down);
      int bottom = Math.min(inH, r * s.strideH() - s.padH() + spanH);
      for (int c = 0; c < outW; c++) {
        int left = inside(c * s.strideW() - s.padW(), along);
        int right = Math.min(inW, c * s.strideW() - s.padW() + spanW);
        int winner = top * inW + left;
        float best = in[at + winner];
        for (int h = top; h < bottom; h += down) {
          for (int w = left; w < right; w += along) {
            float v = in[at + h * inW + w];
            if (wins(v, best)) {
              best = v;
              winner = h * inW + w;
            }
          }
        }
        out[yAt + r * outW + c] = best;
        index[winnersAt + r * outW + c] = winner;
      }
    }
  }

  /** Adds each dy at its winner's place, in the order of the windows. */
  private void scatter(int dyAt, int winnersAt, int count, int dxAt, int size) {
    Arrays.fill(in, dxAt, dxAt + size, 0);
    for (int i = 0; i < count; i++) {
      in[dxAt + index[winnersAt + i]] += out[dyAt + i];
    }
  }

  private void averagePlane(Pool2dSpec s, int at, int yAt) {
    float count = s.kernelH() * s.kernelW();
    for (int r = 0; r < outH; r++) {
      int top = Math.max(0, r * s.strideH() - s.padH());
      int bottom = Math.min(inH, r * s.strideH() - s.padH() + s.kernelH());
      for (int c = 0; c < outW; c++) {
        int left = Math.max(0, c * s.strideW() - s.padW());
        int right = Math.min(inW, c * s.strideW() - s.padW() + s.kernelW());
        float sum = 0;
        for (int h = top; h < bottom; h++) {
          for (int w = left; w < right; w++) {
            sum += in[at + h * inW + w];
          }
        }
        out[yAt + r * outW + c] = sum / count;
      }
    }
  }

  private void spreadPlane(Pool2dSpec s, int dxAt, int dyAt) {
    float count = s.kernelH() * s.kernelW();
    for (int r = 0; r < outH; r++) {
      int top = Math.max(0, r * s.strideH() - s.padH());
      int bottom = Math.min(inH, r * s.strideH() - s.padH() + s.kernelH());
      for (int c = 0; c < outW; c++) {
        int left = Math.max(0, c * s.strideW() - s.padW());
        int right = Math.min(inW, c * s.strideW() - s.padW() + s.kernelW());
        float share = out[dyAt + r * outW + c] / count;
        for (int h = top; h < bottom; h++) {
          for (int w = left; w < right; w++) {
            in[dxAt + h * inW + w] += share;
          }
        }
      }
    }
  }
}
