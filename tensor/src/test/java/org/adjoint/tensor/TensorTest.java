package org.adjoint.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TensorTest {
  private final Device device = new TestDevice();

  private Tensor counting(int... dims) {
    float[] v = new float[Shape.of(dims).size()];
    for (int i = 0; i < v.length; i++) {
      v[i] = i;
    }
    return Tensor.of(device, v, dims);
  }

  @Test
  void holdsACopyOfTheValues() {
    float[] v = {1, 2, 3, 4, 5, 6};
    Tensor t = Tensor.of(device, v, 2, 3);
    v[0] = 9;
    assertEquals(Shape.of(2, 3), t.shape());
    assertEquals(2, t.rank());
    assertEquals(6, t.size());
    assertEquals(3, t.dim(-1));
    assertEquals(DType.F32, t.dtype());
    assertSame(device, t.device());
    assertTrue(t.isContiguous());
    assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, t.toFloatArray());
    assertEquals(6, t.get(1, 2));
    assertArrayEquals(new int[] {7, 8}, Tensor.of(device, new int[] {7, 8}, 2).toIntArray());
    assertArrayEquals(
        new double[] {.1, .2}, Tensor.of(device, new double[] {.1, .2}, 2).toDoubleArray());
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void zerosScalarsAndReadOutForEveryType(DType dtype) {
    Tensor z = Tensor.zeros(device, dtype, 3, 50_000);
    assertEquals(dtype, z.dtype());
    assertTrue(Arrays.stream(z.toDoubleArray()).allMatch(v -> v == 0));
    Tensor s = Tensor.scalar(device, dtype, -2.75);
    assertEquals(0, s.rank());
    assertEquals(dtype == DType.I32 ? -2 : -2.75, s.item());
    Tensor moved = s.to(new TestDevice());
    assertNotSame(device, moved.device());
    assertEquals(s.item(), moved.item());
    assertEquals(dtype, moved.dtype());
    Tensor view = Tensor.zeros(device, dtype, 2, 3).transpose(0, 1);
    assertArrayEquals(new double[6], view.toDoubleArray());
    assertEquals(0, Tensor.zeros(device, dtype, 0, 3).toDoubleArray().length);
  }

  @Test
  void zerosAreZeroEvenInReusedMemory() {
    try (Scope scope = Scope.open()) {
      Tensor dirty = Tensor.result(device, DType.F32, Shape.of(100));
      device.upload(filled(100), 0, dirty.storage(), 0, 100);
      assertEquals(1, scope.size());
    }
    assertArrayEquals(new float[100], Tensor.zeros(device, DType.F32, 100).toFloatArray());
  }

  private static float[] filled(int n) {
    float[] v = new float[n];
    Arrays.fill(v, 7);
    return v;
  }

  @Test
  void refusesValuesThatDoNotFillTheShape() {
    ShapeException e =
        assertThrows(ShapeException.class, () -> Tensor.of(device, new float[5], 2, 3));
    assertEquals(
        "tensor: shape is [2, 3]; it has 6 elements, but 5 values were given", e.getMessage());
    assertEquals("tensor", e.op());
    assertEquals("shape", e.argument());
    assertEquals("[2, 3]", e.value());
    assertTrue(e.remedy().contains("5 values"));
  }

  @Test
  void viewsShareTheStorage() {
    Tensor t = counting(2, 3, 4);
    assertSame(t.storage(), t.permute(2, 1, 0).storage());
    assertEquals(23, t.transpose(0, 2).get(3, 2, 1));
    assertEquals(23, t.permute(1, 2, 0).get(2, 3, 1));
    assertEquals(Shape.of(2, 1, 4), t.slice(1, 2, 3).shape());
    assertArrayEquals(new float[] {0, 2, 12, 14}, t.select(1, 0).slice(1, 0, 4, 2).toFloatArray());
    assertEquals(Shape.of(5, 2, 3, 4), t.expand(Shape.of(5, 2, 3, 4)).shape());
    assertEquals(Shape.of(2, 3, 1, 4), t.unsqueeze(2).shape());
    assertEquals(t.shape(), t.unsqueeze(2).squeeze(2).shape());
    assertEquals(Shape.of(6, 4), t.reshape(6, 4).shape());
    assertEquals(Shape.of(6, 4), t.reshape(-1, 4).shape());
    assertEquals(11, t.select(0, 0).reshape(12).get(11));
    assertSame(t.layout(), t.view(t.layout()).layout());
  }

  @Test
  void aViewMustFitIntoItsStorage() {
    Tensor t = counting(2, 3);
    assertEquals(Shape.of(3, 2), t.view(Layout.contiguous(Shape.of(3, 2))).shape());
    ShapeException e =
        assertThrows(ShapeException.class, () -> t.view(Layout.contiguous(Shape.of(7))));
    assertEquals(
        "view: layout is [7] strides [1] offset 0; the storage has only 6 elements",
        e.getMessage());
  }

  @Test
  void infersOneExtent() {
    Tensor t = counting(2, 6);
    assertEquals(Shape.of(3, 4), t.infer(3, -1));
    assertEquals(Shape.of(12), t.infer(-1));
    assertEquals(Shape.of(2, 6), t.infer(2, 6));
    ShapeException e = assertThrows(ShapeException.class, () -> t.reshape(5, -1));
    assertEquals(
        "reshape: shape is [5, -1]; the extent -1 cannot be inferred from the 12 elements of"
            + " [2, 6]",
        e.getMessage());
    for (int[] bad : new int[][] {{-1, -1}, {-1, 0}, {-1, -2, -3}, {-2, 6}, {0, -1}}) {
      assertThrows(ShapeException.class, () -> t.reshape(bad), Arrays.toString(bad));
    }
    assertThrows(ShapeException.class, () -> t.reshape(5));
    assertEquals(Shape.of(0, 3), Tensor.zeros(device, DType.F32, 0, 3).infer(-1, 3));
    assertThrows(ShapeException.class, () -> Tensor.zeros(device, DType.F32, 0, 3).infer(-1, 0));
  }

  @Test
  void aReshapeThatNeedsACopySaysSo() {
    ShapeException e =
        assertThrows(ShapeException.class, () -> counting(2, 3).transpose(0, 1).reshape(6));
    assertEquals(
        "reshape: shape is [6]; the elements of this [3, 2] strides [1, 3] offset 0 cannot be"
            + " viewed so; copy it first",
        e.getMessage());
  }

  @Test
  void onlyOneElementIsAnItem() {
    assertEquals(5, counting(2, 3).select(0, 1).slice(0, 2, 3).item());
    ShapeException e = assertThrows(ShapeException.class, () -> counting(2).item());
    assertEquals(
        "item: shape is [2]; only a tensor of one element has an item; use get or select",
        e.getMessage());
    assertThrows(ShapeException.class, () -> counting(0).item());
  }

  @Test
  void readOutNeedsTheRightType() {
    DTypeException e = assertThrows(DTypeException.class, () -> counting(2).toIntArray());
    assertEquals("toIntArray: dtype is float32; it needs int32; use toDoubleArray", e.getMessage());
    assertThrows(DTypeException.class, () -> Tensor.scalar(device, DType.F64, 1).toFloatArray());
  }

  @Test
  void emptyViewsCanBeReadAnywhere() {
    Tensor t = Tensor.zeros(device, DType.F32, 2, 0);
    assertEquals(0, t.select(0, 1).toFloatArray().length);
    assertEquals(0, counting(10).slice(0, 10, 10).toFloatArray().length);
    assertEquals("[]", t.transpose(0, 1).toString());
    assertEquals(Shape.of(0, 5), t.reshape(0, 5).shape());
  }

  @Test
  void typesKnowTheirNamesAndSizes() {
    assertEquals("float32", DType.F32.toString());
    assertEquals(8, DType.F64.bytes());
    assertTrue(DType.F64.isFloating());
    assertFalse(DType.I32.isFloating());
  }

  /** Any chain of views reads what an element-by-element copy of each step holds. */
  @Property(tries = 500)
  void chainsOfViewsReadTheirElements(
      @ForAll @Size(min = 1, max = 4) List<@IntRange(min = 1, max = 4) Integer> dims,
      @ForAll @Size(max = 5) List<@IntRange(max = 1000) Integer> steps) {
    Tensor t = counting(dims.stream().mapToInt(Integer::intValue).toArray());
    for (int s : steps) {
      if (t.rank() == 0) {
        t = t.unsqueeze(0);
      }
      int a = s % t.rank();
      int n = t.dim(a);
      Tensor before = t;
      int kind = s / 7 % 5;
      int at = n == 0 ? 0 : s / 35 % n;
      Tensor after =
          switch (kind) {
            case 0 -> t.transpose(a, t.rank() - 1);
            case 1 -> t.slice(a, at, n, 1 + s % 3);
            case 2 -> n == 0 ? t : t.select(a, at);
            case 3 -> t.unsqueeze(a);
            default -> t.expand(t.shape().insert(0, 2));
          };
      int last = before.rank() - 1;
      for (int i = 0; i < after.size(); i++) {
        int[] index = unravel(i, after.shape());
        int[] source =
            switch (kind) {
              case 0 -> swap(index, a, last);
              case 1 -> with(index, a, at + index[a] * (1 + s % 3));
              case 2 -> insert(index, a, at);
              case 3 -> remove(index, a);
              default -> remove(index, 0);
            };
        assertEquals(before.get(source), after.get(index));
        assertEquals(after.get(index), after.toFloatArray()[i]);
      }
      t = after;
    }
  }

  private static int[] unravel(int i, Shape shape) {
    int[] r = new int[shape.rank()];
    for (int a = r.length - 1; a >= 0; a--) {
      r[a] = i % shape.dim(a);
      i /= shape.dim(a);
    }
    return r;
  }

  private static int[] swap(int[] x, int a, int b) {
    int[] r = x.clone();
    r[a] = x[b];
    r[b] = x[a];
    return r;
  }

  private static int[] with(int[] x, int a, int value) {
    int[] r = x.clone();
    r[a] = value;
    return r;
  }

  private static int[] insert(int[] x, int a, int value) {
    return Shape.of(x).insert(a, value).toArray();
  }

  private static int[] remove(int[] x, int a) {
    return Shape.of(x).remove(a).toArray();
  }
}
