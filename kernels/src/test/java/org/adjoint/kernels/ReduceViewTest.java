package org.adjoint.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.adjoint.kernels.reference.ReferenceBackend;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

class ReduceViewTest {
  private final ReferenceBackend device = new ReferenceBackend();

  private Tensor zeros(int... dims) {
    return Tensor.zeros(device, DType.F32, dims);
  }

  private static String text(int axis, Tensor... operands) {
    ReduceView v = ReduceView.of("test", axis, operands);
    StringBuilder s = new StringBuilder(v.outer() + "x" + v.n() + "x" + v.inner());
    for (int i = 0; i < operands.length; i++) {
      s.append(" ");
      s.append(
          v.fits(i)
              ? v.outerStride(i) + "," + v.axisStride(i) + "," + v.innerStride(i)
              : "no " + v.compactShape(i));
    }
    return s.toString();
  }

  @Test
  void theTableOfItsDocumentation() {
    assertEquals("1x64x10 0,10,1 0,0,1", text(0, zeros(64, 10), zeros(10)));
    assertEquals("64x10x1 10,1,0 1,0,0", text(1, zeros(64, 10), zeros(64, 1)));
    assertEquals("48x25x1 25,1,0 no [8, 6, 1]", text(2, zeros(8, 6, 25), zeros(6, 1)));
  }

  @Test
  void viewsAndScalars() {
    assertEquals("4x6x5 90,15,1", text(1, zeros(4, 6, 15).slice(2, 3, 8)));
    assertEquals("4x6x5 no [4, 6, 5]", text(1, zeros(4, 5, 6).transpose(1, 2)));
    assertEquals("4x6x1 no [4, 6]", text(1, zeros(6, 4).transpose(0, 1)));
    assertEquals("4x6x1 no [1, 6]", text(1, zeros(6, 2).select(1, 0).expand(Shape.of(4, 6))));
    assertEquals("2x3x4 0,0,0 0,0,0", text(1, zeros().expand(Shape.of(2, 3, 4)), zeros(1, 1)));
    assertEquals("2x3x20 60,20,1 no [1, 1, 4, 5]", text(1, zeros(2, 3, 4, 5), zeros(4, 1)));
  }

  @Test
  void emptyShapes() {
    assertEquals("2x0x3 3,0,1", text(1, zeros(2, 0, 3)));
    assertTrue(ReduceView.of("test", 0, zeros(3), zeros(1)).fits());
    assertFalse(ReduceView.of("test", 0, zeros(3), zeros(3, 2).select(1, 0)).fits());
    assertThrows(ShapeException.class, () -> ReduceView.of("test", 0, zeros(3), zeros(2)));
  }

  @Test
  void aBackendWithoutAGeneratorReducesOpByOp() {
    ReductionKernels plain =
        new ReductionKernels() {
          @Override
          public void reduce(ReduceOp op, Tensor x, int axis, Tensor out) {
            throw new AssertionError("the kernels of the device do this");
          }

          @Override
          public void scan(ReduceOp op, boolean reverse, Tensor x, int axis, Tensor out) {
            throw new AssertionError("nobody asked for a scan");
          }

          @Override
          public void argReduce(boolean largest, Tensor x, int axis, Tensor out) {
            throw new AssertionError("nobody asked");
          }
        };
    Tensor a = Tensor.of(device, new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
    Tensor b = Tensor.of(device, new float[] {10, 100}, 2, 1);
    Tensor y = zeros(3);
    Expr product = Expr.operand(0).times(Expr.operand(1));
    plain.mapReduce(ReduceOp.SUM, product, new double[0], 0, y, a, b);
    assertArrayEquals(new float[] {410, 520, 630}, y.toFloatArray());
  }
}
