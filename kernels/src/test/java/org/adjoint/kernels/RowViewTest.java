package org.adjoint.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.adjoint.kernels.reference.ReferenceBackend;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

class RowViewTest {
  private final ReferenceBackend device = new ReferenceBackend();

  private Tensor zeros(int... dims) {
    return Tensor.zeros(device, DType.F32, dims);
  }

  private static String text(Tensor out, Tensor... operands) {
    RowView v = RowView.of(out, operands);
    StringBuilder s = new StringBuilder(v.rows() + "x" + v.cols());
    for (int i = 0; i < operands.length; i++) {
      s.append(v.fits(i) ? " " + v.rowStride(i) + "," + v.colStride(i) : " no");
    }
    return s.toString();
  }

  @Test
  void theTableOfItsDocumentation() {
    Tensor out = zeros(64, 10);
    assertEquals("1x640 0,1", text(out, zeros(64, 10)));
    assertEquals("1x640 0,0", text(out, zeros()));
    assertEquals("1x640 0,0", text(out, zeros(1, 1)));
    assertEquals("64x10 0,1", text(out, zeros(10)));
    assertEquals("64x10 1,0", text(out, zeros(64, 1)));
    assertEquals("48x25 no", text(zeros(8, 6, 5, 5), zeros(6, 1, 1)));
    assertEquals("64x10 30,1", text(out, zeros(64, 30).slice(1, 10, 20)));
  }

  @Test
  void severalOperandsShareOneView() {
    Tensor out = zeros(64, 10);
    assertEquals("64x10 10,1 0,1 1,0 0,0", text(out, out, zeros(10), zeros(64, 1), zeros()));
    assertEquals("1x1200 no 0,1", text(zeros(8, 6, 5, 5), zeros(8, 1, 5, 5), zeros(8, 6, 5, 5)));
    assertEquals("48x25 25,1 1,0", text(zeros(8, 6, 5, 5), zeros(8, 6, 5, 5), zeros(8, 6, 1, 1)));
    assertTrue(RowView.of(out, zeros(), zeros(1)).isScalar(1));
    assertFalse(RowView.of(out, zeros(10)).isScalar(0));
    assertTrue(RowView.of(out, zeros(10)).fits());
    assertFalse(RowView.of(zeros(8, 6, 5, 5), zeros(6, 1, 1)).fits());
  }

  @Test
  void emptyAndScalarResults() {
    assertEquals("0x0 0,0", text(zeros(0, 3), zeros(3)).replace("0,1", "0,0"));
    assertEquals("1x1 0,1", text(zeros(), zeros()));
    assertEquals("1x1 0,1", text(zeros(1, 1), zeros()));
    assertEquals("1x6", text(zeros(2, 3)));
  }

  @Test
  void offsetsCount() {
    Tensor all = zeros(10, 4);
    RowView v = RowView.of(all.slice(0, 3, 5), all.slice(0, 7, 9), all.select(0, 6));
    assertEquals(12, v.outOffset());
    assertEquals(28, v.offset(0));
    assertEquals(24, v.offset(1));
  }

  @Test
  void compactShapesAreAsSmallAsTheyCanBe() {
    Tensor out = zeros(8, 6, 5, 5);
    RowView channels = RowView.of(out, zeros(6, 1, 1));
    assertEquals(Shape.of(8, 6, 1, 1), channels.compactShape(0));
    Tensor flipped = zeros(5, 4).transpose(0, 1);
    assertEquals(Shape.of(1, 4, 5), RowView.of(zeros(3, 4, 5), flipped).compactShape(0));
    Tensor cube = zeros(5, 4, 3).permute(2, 1, 0);
    assertEquals(Shape.of(3, 4, 5), RowView.of(zeros(3, 4, 5), cube).compactShape(0));
  }

  /** Random shapes and views: what fits is walked at the positions of the layout. */
  @Test
  void positionsAreThoseOfTheLayout() {
    SplittableRandom random = new SplittableRandom(1);
    int fitting = 0;
    for (int n = 0; n < 20_000; n++) {
      int[] dims = new int[random.nextInt(5)];
      for (int a = 0; a < dims.length; a++) {
        dims[a] = 1 + random.nextInt(4);
      }
      Tensor out = zeros(dims);
      Tensor[] x = new Tensor[1 + random.nextInt(3)];
      for (int i = 0; i < x.length; i++) {
        x[i] = operand(random, dims);
      }
      RowView v = RowView.of(out, x);
      assertEquals(out.size(), v.rows() * v.cols());
      for (int i = 0; i < x.length; i++) {
        if (!v.fits(i)) {
          Tensor copy = zeros(v.compactShape(i).toArray());
          assertTrue(copy.shape().broadcastsTo(out.shape()));
          x[i] = copy;
          continue;
        }
        fitting++;
        assertTrue(v.colStride(i) == 0 || v.colStride(i) == 1);
        int[] p = x[i].layout().expand(out.shape()).positions();
        for (int k = 0; k < p.length; k++) {
          int r = k / v.cols();
          int c = k % v.cols();
          assertEquals(p[k], v.offset(i) + r * v.rowStride(i) + c * v.colStride(i));
        }
      }
      assertTrue(RowView.of(out, x).fits(), "fits once compacted");
    }
    assertTrue(fitting > 10_000, "fitting operands: " + fitting);
  }

  private Tensor operand(SplittableRandom random, int[] dims) {
    int from = dims.length == 0 ? 0 : random.nextInt(dims.length + 1) / 2;
    int[] own = new int[dims.length - from];
    for (int a = 0; a < own.length; a++) {
      own[a] = random.nextInt(4) == 0 ? 1 : dims[a + from];
    }
    if (own.length == 0) {
      return zeros();
    }
    int a = random.nextInt(own.length);
    int b = random.nextInt(own.length);
    int[] stored = own.clone();
    switch (random.nextInt(4)) {
      case 0 -> {
        stored[a] = own[b];
        stored[b] = own[a];
        return zeros(stored).transpose(a, b);
      }
      case 1 -> {
        stored[a] = 2 * own[a] + 1;
        return zeros(stored).slice(a, 1, 2 * own[a] + 1, 2);
      }
      default -> {
        return zeros(own);
      }
    }
  }
}
