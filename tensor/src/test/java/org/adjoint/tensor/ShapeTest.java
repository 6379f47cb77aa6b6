package org.adjoint.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class ShapeTest {
  @Test
  void knowsItsExtents() {
    Shape s = Shape.of(2, 3, 4);
    assertEquals(3, s.rank());
    assertEquals(24, s.size());
    assertEquals(2, s.dim(0));
    assertEquals(4, s.dim(-1));
    assertEquals("[2, 3, 4]", s.toString());
    assertEquals(s, Shape.of(2, 3, 4));
    assertEquals(s.hashCode(), Shape.of(2, 3, 4).hashCode());
    assertNotEquals(s, Shape.of(2, 3));
    assertFalse(s.equals((Object) "[2, 3, 4]"));
  }

  @Test
  void isImmutable() {
    int[] dims = {2, 3};
    Shape s = Shape.of(dims);
    dims[0] = 9;
    s.toArray()[1] = 9;
    assertEquals(Shape.of(2, 3), s);
  }

  @Test
  void aScalarHasRankZeroAndSizeOne() {
    assertSame(Shape.SCALAR, Shape.of());
    assertEquals(1, Shape.SCALAR.size());
    assertEquals("[]", Shape.SCALAR.toString());
  }

  @Test
  void editsExtents() {
    assertEquals(Shape.of(5, 2, 3), Shape.of(2, 3).insert(0, 5));
    assertEquals(Shape.of(2, 3, 5), Shape.of(2, 3).insert(2, 5));
    assertEquals(Shape.of(3), Shape.of(2, 3).remove(0));
    assertEquals(Shape.SCALAR, Shape.of(3).remove(0));
    assertEquals(Shape.of(2, 7), Shape.of(2, 3).with(1, 7));
  }

  @Test
  void anEmptyShapeMayHaveAnyOtherExtents() {
    assertEquals(0, Shape.of(Integer.MAX_VALUE, Integer.MAX_VALUE, 0, 5).size());
  }

  @Test
  void refusesNegativeExtents() {
    ShapeException e = assertThrows(ShapeException.class, () -> Shape.of(2, -3));
    assertEquals("shape: dimensions is [2, -3]; every extent must be 0 or more", e.getMessage());
    assertThrows(ShapeException.class, () -> Shape.of(0, -1));
  }

  @Test
  void refusesMoreElementsThanAnArrayHolds() {
    assertEquals(Integer.MAX_VALUE, Shape.of(Integer.MAX_VALUE, 1).size());
    ShapeException e = assertThrows(ShapeException.class, () -> Shape.of(1 << 16, 1 << 15));
    assertTrue(e.getMessage().contains("at most 2147483647 elements"), e.getMessage());
    // The product must not wrap around on its way.
    assertThrows(ShapeException.class, () -> Shape.of(1 << 30, 1 << 30, 1 << 30, 1 << 30, 1 << 30));
  }

  @Test
  void refusesAxesThatDoNotExist() {
    ShapeException e = assertThrows(ShapeException.class, () -> Shape.of(2, 3).axis("sum", 2));
    assertEquals("sum: axis is 2; shape [2, 3] has axes -2 to 1", e.getMessage());
    assertThrows(ShapeException.class, () -> Shape.of(2, 3).axis("sum", -3));
    assertEquals(0, Shape.of(2, 3).axis("sum", -2));
    e = assertThrows(ShapeException.class, () -> Shape.SCALAR.axis("sum", 0));
    assertEquals("sum: axis is 0; a scalar has no axes", e.getMessage());
  }

  @Test
  void broadcastsByNumPysRule() {
    assertEquals(Shape.of(2, 3), Shape.broadcast("add", Shape.of(2, 3), Shape.of(2, 3)));
    assertEquals(Shape.of(2, 3), Shape.broadcast("add", Shape.of(2, 3), Shape.of(3)));
    assertEquals(Shape.of(2, 3), Shape.broadcast("add", Shape.SCALAR, Shape.of(2, 3)));
    assertEquals(Shape.of(4, 2, 3), Shape.broadcast("add", Shape.of(4, 1, 3), Shape.of(2, 1)));
    assertEquals(Shape.of(0, 3), Shape.broadcast("add", Shape.of(1, 3), Shape.of(0, 1)));
    assertEquals(Shape.of(0), Shape.broadcast("add", Shape.of(0), Shape.SCALAR));
  }

  @Test
  void aRefusedBroadcastShowsTheAxesUnderEachOther() {
    ShapeException e =
        assertThrows(
            ShapeException.class,
            () -> Shape.broadcast("add", Shape.of(64, 3, 100), Shape.of(12, 7)));
    assertEquals(
        """
        add: the second operand's shape is [12, 7]; it does not broadcast with the first operand's:
          [64,  3, 100]
              [12,   7]
        aligned at the last axis, extents must be equal or 1\
        """,
        e.getMessage());
    e =
        assertThrows(
            ShapeException.class, () -> Shape.broadcast("add", Shape.of(7), Shape.of(1, 0, 12)));
    assertTrue(e.getMessage().contains("\n        [ 7]\n  [1, 0, 12]\n"), e.getMessage());
  }

  /** The definition: an index of the result reads index 0 of an operand's axis of extent 1. */
  @Property
  void broadcastAgreesWithItsDefinition(
      @ForAll @Size(max = 4) List<@IntRange(max = 3) Integer> first,
      @ForAll @Size(max = 4) List<@IntRange(max = 3) Integer> second) {
    int[] x = first.stream().mapToInt(Integer::intValue).toArray();
    int[] y = second.stream().mapToInt(Integer::intValue).toArray();
    int rank = Math.max(x.length, y.length);
    int[] expected = new int[rank];
    boolean fits = true;
    for (int a = 0; a < rank; a++) {
      int i = a - rank + x.length < 0 ? 1 : x[a - rank + x.length];
      int j = a - rank + y.length < 0 ? 1 : y[a - rank + y.length];
      fits &= i == j || i == 1 || j == 1;
      expected[a] = i == 1 ? j : i;
    }
    Shape s = Shape.of(x);
    Shape t = Shape.of(y);
    if (fits) {
      assertArrayEquals(expected, Shape.broadcast("op", s, t).toArray());
      assertEquals(Shape.broadcast("op", s, t), Shape.broadcast("op", t, s));
    } else {
      assertThrows(ShapeException.class, () -> Shape.broadcast("op", s, t));
    }
    assertEquals(fits && t.equals(Shape.of(expected)), s.broadcastsTo(t));
  }

  @Test
  void mergesNeighbours() {
    Shape s = Shape.of(2, 3, 4, 5);
    assertEquals(Shape.of(2, 12, 5), s.merge(1, 2));
    assertEquals(Shape.of(120), s.merge(0, 3));
    assertSame(s, s.merge(2, 2));
    assertEquals(Shape.of(0, 12), Shape.of(0, 3, 4).merge(1, 2));
  }

  @Test
  void aMatrixIsTheSameShapeHoweverItIsAskedFor() {
    assertEquals(Shape.of(new int[] {3, 977}), Shape.of(3, 977));
    assertEquals(Shape.of(3, 977), Shape.of(new int[] {3, 977}));
    assertEquals("[977, 3]", Shape.of(977, 3).toString());
    assertThrows(ShapeException.class, () -> Shape.of(-1, 2));
  }

  @Test
  void shapesOfOneHashAreToldApart() {
    // 31 * (31 + a) + b is the same for both.
    assertEquals("[1, 31]", Shape.of(1, 31).toString());
    assertEquals("[2, 0]", Shape.of(2, 0).toString());
    assertEquals("[1, 31]", Shape.of(1, 31).toString());
    int[] dims = {1, 31};
    Shape s = Shape.of(dims);
    dims[0] = 7;
    assertEquals("[1, 31]", s.toString());
    assertEquals("[1, 31]", Shape.of(1, 31).toString());
  }
}
