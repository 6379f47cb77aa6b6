package org.adjoint.autograd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.adjoint.autograd.ops.Convolutions;
import org.adjoint.autograd.ops.Convolutions3d;
import org.adjoint.autograd.ops.Embeddings;
import org.adjoint.autograd.ops.Indexing;
import org.adjoint.autograd.ops.Patches;
import org.adjoint.autograd.ops.Pieces;
import org.adjoint.autograd.ops.PoolingNd;
import org.adjoint.autograd.ops.Repeats;
import org.adjoint.autograd.ops.Resampling;
import org.adjoint.autograd.ops.ResamplingNd;
import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.kernels.ReduceOp;
import org.adjoint.kernels.reference.ReferenceBackend;
import org.adjoint.tensor.AdjointException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.MemoryException;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Extents beyond 2³¹ − 1, beyond the memory of the device, and beyond a piece of a table. */
final class GiantExtentsTest {
  private static final int GIANT = 1 << 30;
  private static final int MOST = Integer.MAX_VALUE;

  private final ReferenceBackend device = new ReferenceBackend();

  private Variable input(int... dims) {
    double[] v = new double[Shape.of(dims).size()];
    Arrays.setAll(v, Math::sin);
    return Variable.of(Tensor.of(device, v, dims));
  }

  private static String refused(Class<? extends AdjointException> type, Supplier<?> call) {
    AdjointException e = assertThrows(type, call::get);
    for (String fact : new String[] {e.op(), e.argument(), e.value(), e.remedy()}) {
      assertTrue(!fact.isBlank(), e.getMessage());
    }
    return e.getMessage();
  }

  @Test
  void tablesThatTheDeviceHasNoRoomFor() {
    device.limit(1 << 20);
    Variable row = input(1, 1, 3);
    Variable plane = input(1, 1, 3, 3);
    Variable volume = input(1, 1, 2, 2, 2);
    Variable one = Variable.of(Tensor.zeros(device, DType.F32, 1));
    Variable wide = Variable.of(one.value().expand(Shape.of(MOST)));
    for (int extent : new int[] {GIANT, MOST - 8}) {
      for (Supplier<Object> call :
          List.<Supplier<Object>>of(
              () -> Repeats.padReplicate(row, extent, 1),
              () -> Repeats.flip(wide, 0),
              () -> ResamplingNd.nearest1d(row, extent),
              () -> ResamplingNd.nearest3d(volume, extent, 1, 1),
              () -> ResamplingNd.linear(row, extent / 4, true),
              () -> Resampling.nearest(plane, extent, 1),
              () -> Resampling.bilinear(plane, 1, extent / 4, false),
              () -> ResamplingNd.trilinear(volume, extent / 4, 1, 1, false),
              () -> Resampling.adaptiveAvgPool2d(plane, extent / 4, 2),
              () -> Resampling.adaptiveMaxPool2d(plane, 2, extent / 4),
              () -> ResamplingNd.adaptiveAvgPool3d(volume, extent / 4, 2, 2),
              () -> Indexing.maskedSelect(one, wide))) {
        assertTrue(refused(MemoryException.class, call).contains("limit"));
      }
    }
  }

  @Test
  void extentsThatNoAxisCanHave() {
    Variable row = input(1, 1, 3);
    Variable plane = input(1, 4, 3, 3);
    Variable none = Variable.of(Tensor.zeros(device, DType.F64, 0, 4));
    assertEquals(
        "pad_constant: widths is [2147483647, 5]; an axis of the result would have 2147483655"
            + " elements; 2147483647 are the most",
        refused(ShapeException.class, () -> Repeats.padConstant(row, 0, MOST, 5)));
    assertEquals(
        "repeat: times is [1, 1073741824]; an axis of the result would have 4294967296 elements;"
            + " 2147483647 are the most",
        refused(ShapeException.class, () -> Repeats.repeat(none, 1, GIANT)));
    for (Supplier<Object> call :
        List.<Supplier<Object>>of(
            () -> Repeats.padReplicate(row, MOST, MOST),
            () -> Repeats.repeatInterleave(none, GIANT, 1),
            () -> Resampling.pixelShuffle(plane, GIANT),
            () -> Resampling.pixelShuffle(input(1, 0, 3, 3), GIANT),
            () -> ResamplingNd.adaptiveMaxPool3d(input(1, 1, 2, 2, 2), 1, GIANT, GIANT),
            () -> Patches.unfold(plane, GIANT, GIANT, Conv2dSpec.of(1, GIANT, 1, 1)),
            () -> Patches.fold(row, GIANT, GIANT, GIANT, GIANT, Conv2dSpec.DEFAULT),
            () -> Patches.fold(input(1, 1, 4), MOST, 2, 1, 1, Conv2dSpec.of(MOST, MOST, 1, 1)),
            () -> Pieces.split(input(4), 0, GIANT, GIANT, GIANT, GIANT, 4),
            () -> Pieces.concat(1, empty(GIANT), empty(GIANT)),
            () -> Pieces.unbind(empty(GIANT), 1),
            () -> Pieces.chunk(empty(GIANT), GIANT, 1),
            () -> PoolingNd.maxUnpool3d(input(1, 1, 1, 1, 1), index(), GIANT, 4, 1),
            () -> PoolingNd.maxUnpool3d(input(1, 1, 1, 1, 1), index(), -1, -4, 1),
            () -> Convolutions.conv2dSame(plane, input(4, 4, 3, 3), null, GIANT, 1, 1),
            () -> conv(plane, input(4, 1, 3, 3), Conv2dSpec.of(GIANT, 0, GIANT, 1)),
            () -> conv(input(1, 0, 3, 3), input(0, 4, 3, 3), Conv2dSpec.of(1, 0, 1, GIANT)),
            () -> volumes(Convolutions3d.Spec.of(1, GIANT, 1, 1)),
            () ->
                Convolutions3d.conv3d(
                    input(1, 1, 2, 2, 2),
                    input(1, 1, 1, 1, 1),
                    null,
                    new Convolutions3d.Spec(1, GIANT, 1, Conv2dSpec.DEFAULT)))) {
      refused(ShapeException.class, call);
    }
  }

  private Variable empty(int extent) {
    Tensor t = Tensor.zeros(device, DType.F64, 0, 1);
    return Variable.of(t.expand(Shape.of(0, extent)));
  }

  private Tensor index() {
    return Tensor.zeros(device, DType.I32, 1, 1, 1, 1, 1);
  }

  private static Variable conv(Variable x, Variable w, Conv2dSpec spec) {
    return Convolutions.convTranspose2d(x, w, null, spec, 0, 0);
  }

  private Variable volumes(Convolutions3d.Spec spec) {
    Variable x = input(1, 1, 2, 2, 2);
    return Convolutions3d.convTranspose3d(x, input(1, 1, 1, 1, 1), null, spec, 0, 0, 0);
  }

  /** Tables are made a piece of 16,384 numbers at a time: the rows and columns go across. */
  @Test
  void tablesOfManyPieces() {
    int n = 40_003;
    Variable x = input(1, 1, 5);
    double[] few = x.value().toDoubleArray();
    double[] copied = ResamplingNd.nearest1d(x, n).value().toDoubleArray();
    double[] drawn = ResamplingNd.linear(x, n, true).value().toDoubleArray();
    for (int i = 0; i < n; i++) {
      assertEquals(few[(int) (i * 5L / n)], copied[i]);
      double place = 4.0 * i / (n - 1);
      int left = Math.min((int) place, 3);
      double expected = few[left] + (few[left + 1] - few[left]) * (place - left);
      assertEquals(expected, drawn[i], 1e-12, "element " + i);
    }
    Variable many = input(1, 1, n);
    double[] all = many.value().toDoubleArray();
    double[] back = Repeats.flip(many, 2).value().toDoubleArray();
    for (int i = 0; i < n; i++) {
      assertEquals(all[n - 1 - i], back[i]);
    }
    double[] means = ResamplingNd.adaptiveAvgPool1d(many, 3).value().toDoubleArray();
    for (int bin = 0; bin < 3; bin++) {
      int from = (int) ((long) bin * n / 3);
      int to = (int) (((bin + 1L) * n + 2) / 3);
      assertEquals(Arrays.stream(all, from, to).average().orElseThrow(), means[bin], 1e-12);
    }
    float[] single = new float[n];
    Variable narrow = Variable.of(Tensor.of(device, single, 1, 1, n));
    assertEquals(0, ResamplingNd.adaptiveAvgPool1d(narrow, 3).sum().item());
  }

  @Test
  void binsOfEveryExtent() {
    for (int in = 1; in <= 13; in++) {
      Variable x = input(1, 1, in);
      double[] v = x.value().toDoubleArray();
      for (int out = 1; out <= 13; out++) {
        double[] y = ResamplingNd.adaptiveMaxPool1d(x, out).value().toDoubleArray();
        for (int bin = 0; bin < out; bin++) {
          double most =
              Arrays.stream(v, bin * in / out, ((bin + 1) * in + out - 1) / out)
                  .max()
                  .orElseThrow();
          assertEquals(most, y[bin], in + " to " + out);
        }
      }
    }
  }

  @Test
  void bagsOfSeveralLengths() {
    Variable table = input(4, 2);
    Tensor rows = Tensor.of(device, new int[] {3, 1, 2, 0}, 4);
    int[] offsets = {0, 3, 3};
    Variable most = Embeddings.embeddingBag(table, rows, offsets, ReduceOp.MAX);
    for (int c = 0; c < 2; c++) {
      double first = Math.max(table.value().get(3, c), table.value().get(1, c));
      assertEquals(Math.max(first, table.value().get(2, c)), most.value().get(0, c));
      assertEquals(0, most.value().get(1, c));
      assertEquals(table.value().get(0, c), most.value().get(2, c));
    }
  }
}
