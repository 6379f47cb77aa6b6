package org.adjoint.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LayoutTest {
  private static Layout of(int... dims) {
    return Layout.contiguous(Shape.of(dims));
  }

  @Test
  void rowMajorPositionsCountUp() {
    assertArrayEquals(IntStream.range(0, 24).toArray(), of(2, 3, 4).positions());
    assertArrayEquals(new int[] {0}, of().positions());
    assertArrayEquals(new int[0], of(2, 0, 3).positions());
    assertEquals(4, of(2, 3, 4).stride(1));
    assertEquals(23, of(2, 3, 4).position("get", 1, 2, 3));
    assertEquals(0, of().position("get"));
    assertEquals(24, of(2, 3, 4).span());
    assertEquals(0, of(2, 0).span());
    assertEquals("[2, 3] strides [3, 1] offset 0", of(2, 3).toString());
  }

  @Test
  void positionRefusesIndicesOutside() {
    Layout l = of(2, 3);
    ShapeException e = assertThrows(ShapeException.class, () -> l.position("get", 1));
    assertEquals("get: index is [1]; shape [2, 3] takes 2 indices", e.getMessage());
    e = assertThrows(ShapeException.class, () -> l.position("get", 1, 3));
    assertEquals("get: index is [1, 3]; it lies outside shape [2, 3]", e.getMessage());
    assertThrows(ShapeException.class, () -> l.position("get", -1, 0));
  }

  @Test
  void permutes() {
    Layout l = of(2, 3, 4).permute(2, 0, -2);
    assertEquals(Shape.of(4, 2, 3), l.shape());
    assertEquals(of(2, 3, 4).position("get", 1, 2, 3), l.position("get", 3, 1, 2));
    assertArrayEquals(new int[] {0, 3, 1, 4, 2, 5}, of(2, 3).transpose(0, -1).positions());
    assertFalse(of(2, 3).transpose(0, 1).isContiguous());
    assertTrue(of(2, 1, 3).transpose(0, 1).isContiguous());
    for (int[] bad : new int[][] {{0}, {0, 0, 1}, {0, 1, 3}, {0, 1, -4}, {0, 1, 2, 3}}) {
      assertThrows(ShapeException.class, () -> of(2, 3, 4).permute(bad));
    }
    assertThrows(ShapeException.class, () -> of(2, 3).transpose(0, 2));
  }

  @Test
  void slices() {
    assertArrayEquals(new int[] {2, 5, 8}, of(10).slice(0, 2, 10, 3).positions());
    assertArrayEquals(new int[] {7, 8}, of(10).slice(0, -3, -1, 1).positions());
    assertArrayEquals(new int[] {1, 2, 4, 5}, of(2, 3).slice(-1, 1, 3, 1).positions());
    assertEquals(Shape.of(0), of(10).slice(0, 4, 4, 1).shape());
    assertEquals(Shape.of(0), of(10).slice(0, 10, 10, Integer.MAX_VALUE).shape());
    assertEquals(Shape.of(1), of(10).slice(0, 3, 10, Integer.MAX_VALUE).shape());
    assertEquals(Shape.of(0, 3), of(0, 3).slice(0, 0, 0, 1).shape());
    ShapeException e = assertThrows(ShapeException.class, () -> of(10).slice(0, 3, 11, 1));
    assertEquals(
        "slice: range is 3:11; axis 0 of [10] takes 0 <= from <= to <= 10", e.getMessage());
    assertThrows(ShapeException.class, () -> of(10).slice(0, 5, 4, 1));
    assertThrows(ShapeException.class, () -> of(10).slice(0, -11, 4, 1));
    assertThrows(ShapeException.class, () -> of(10).slice(1, 0, 1, 1));
    e = assertThrows(ShapeException.class, () -> of(10).slice(0, 1, 4, 0));
    assertEquals("slice: step is 0; it must be at least 1", e.getMessage());
  }

  @Test
  void selects() {
    assertArrayEquals(new int[] {3, 4, 5}, of(2, 3).select(0, 1).positions());
    assertArrayEquals(new int[] {2, 5}, of(2, 3).select(-1, -1).positions());
    assertArrayEquals(new int[] {4}, of(5).select(0, 4).positions());
    ShapeException e = assertThrows(ShapeException.class, () -> of(2, 3).select(1, 3));
    assertEquals("select: index is 3; axis 1 of [2, 3] has 3 elements", e.getMessage());
    assertThrows(ShapeException.class, () -> of(2, 3).select(1, -4));
    assertThrows(ShapeException.class, () -> of(0).select(0, 0));
  }

  @Test
  void expands() {
    assertArrayEquals(new int[] {0, 1, 2, 0, 1, 2}, of(3).expand(Shape.of(2, 3)).positions());
    assertArrayEquals(new int[] {0, 0, 1, 1}, of(2, 1).expand(Shape.of(2, 2)).positions());
    assertArrayEquals(new int[] {0, 0}, of().expand(Shape.of(2)).positions());
    assertEquals(Shape.of(0, 3), of(1, 3).expand(Shape.of(0, 3)).shape());
    Layout same = of(2, 3);
    assertSame(same, same.expand(Shape.of(2, 3)));
    assertFalse(of(3).expand(Shape.of(2, 3)).isContiguous());
    for (Shape bad : List.of(Shape.of(2), Shape.of(3, 2), Shape.SCALAR, Shape.of(0))) {
      assertThrows(ShapeException.class, () -> of(3).expand(bad));
    }
    ShapeException e = assertThrows(ShapeException.class, () -> of(2, 3).expand(Shape.of(3)));
    assertEquals(
        "expand: shape is [3]; the tensor's shape [2, 3] does not broadcast to it; extents must be"
            + " equal or 1",
        e.getMessage());
  }

  @Test
  void squeezesAndUnsqueezes() {
    assertEquals(Shape.of(2, 3), of(2, 1, 3).squeeze(1).shape());
    assertEquals(Shape.of(2, 3), of(2, 3, 1).squeeze(-1).shape());
    assertEquals(Shape.of(1, 2, 3), of(2, 3).unsqueeze(0).shape());
    assertEquals(Shape.of(2, 3, 1), of(2, 3).unsqueeze(-1).shape());
    assertEquals(Shape.of(2, 1, 3), of(2, 3).unsqueeze(1).shape());
    assertEquals(Shape.of(1), of().unsqueeze(0).shape());
    assertTrue(of(2, 3).unsqueeze(1).isContiguous());
    ShapeException e = assertThrows(ShapeException.class, () -> of(2, 3).squeeze(0));
    assertEquals("squeeze: axis is 0; its extent in [2, 3] is 2, not 1", e.getMessage());
    e = assertThrows(ShapeException.class, () -> of(2, 3).unsqueeze(3));
    assertEquals("unsqueeze: axis is 3; shape [2, 3] takes -3 to 2", e.getMessage());
    assertThrows(ShapeException.class, () -> of(2, 3).unsqueeze(-4));
  }

  @Test
  void emptyViewsStayInsideTheirStorage() {
    assertEquals(0, of(2, 0).select(0, 1).offset());
    assertEquals(0, of(10).slice(0, 10, 10, 1).offset());
    assertTrue(of(4, 6).slice(1, 2, 2, 1).isContiguous());
  }

  @Test
  void reshapeRefusesOtherSizes() {
    ShapeException e = assertThrows(ShapeException.class, () -> of(2, 3).reshape(Shape.of(7)));
    assertEquals(
        "reshape: shape is [7]; it has 7 elements, but the tensor [2, 3] has 6", e.getMessage());
  }

  @Test
  void reshapeOfWellKnownViews() {
    assertNull(of(2, 3).transpose(0, 1).reshape(Shape.of(6)));
    Layout channelsLast = of(2, 3, 4, 5).permute(0, 2, 3, 1);
    assertNotNull(channelsLast.reshape(Shape.of(2, 20, 3)));
    assertNull(channelsLast.reshape(Shape.of(2, 60)));
    Layout everySecondRow = of(8, 6).slice(0, 0, 8, 2);
    assertNotNull(everySecondRow.reshape(Shape.of(2, 2, 3, 2)));
    assertNull(everySecondRow.reshape(Shape.of(24)));
    assertNotNull(of(1).expand(Shape.of(4, 5)).reshape(Shape.of(20)));
    assertNotNull(of().expand(Shape.of(4)).reshape(Shape.of(2, 1, 2)));
  }

  /**
   * Every layout that two steps of viewing make of small tensors, under every shape of its size, is
   * compared with a search: a view exists if and only if the positions, read in the new shape, lie
   * at fixed distances along every axis.
   */
  @Test
  void reshapeFindsAViewIfAndOnlyIfThereIsOne() {
    Set<String> seen = new HashSet<>();
    List<Layout> layouts = new ArrayList<>();
    for (int[] dims :
        new int[][] {{}, {6}, {4, 3}, {1, 4}, {2, 1, 3}, {2, 3, 2}, {3, 0, 2}, {2, 2, 1, 2}}) {
      Layout root = of(dims);
      collect(root, 2, seen, layouts);
    }
    int views = 0;
    int refused = 0;
    for (Layout l : layouts) {
      for (Shape target : shapesOfSize(l.shape().size())) {
        Layout r = l.reshape(target);
        int[] positions = l.positions();
        if (r == null) {
          refused++;
          assertFalse(viewExists(positions, target), () -> l + " as " + target + " was refused");
        } else {
          views++;
          assertEquals(target, r.shape());
          assertArrayEquals(positions, r.positions(), () -> l + " as " + target + " became " + r);
          if (r.isContiguous()) {
            assertTrue(dense(positions), () -> r + " claims to be contiguous");
          }
        }
      }
      assertEquals(dense(l.positions()), l.isContiguous(), l::toString);
    }
    assertTrue(
        layouts.size() > 1000 && views > 10_000 && refused > 1_000,
        layouts.size() + " layouts, " + views + " views, " + refused + " refused");
  }

  private static boolean dense(int[] positions) {
    return IntStream.range(1, positions.length).allMatch(i -> positions[i] == positions[0] + i);
  }

  private static void collect(Layout l, int depth, Set<String> seen, List<Layout> found) {
    if (seen.add(l + " " + depth)) {
      found.add(l);
      if (depth > 0) {
        for (Layout next : viewsOf(l)) {
          collect(next, depth - 1, seen, found);
        }
      }
    }
  }

  private static List<Layout> viewsOf(Layout l) {
    List<Layout> r = new ArrayList<>();
    int rank = l.shape().rank();
    for (int a = 0; a < rank; a++) {
      for (int b = a + 1; b < rank; b++) {
        r.add(l.transpose(a, b));
      }
      int n = l.shape().dim(a);
      for (int from = 0; from < n; from++) {
        r.add(l.select(a, from));
        for (int step = 1; step <= 3; step++) {
          r.add(l.slice(a, from, n, step));
        }
        r.add(l.slice(a, 0, from, 1));
      }
      if (n == 1) {
        r.add(l.squeeze(a));
        r.add(l.expand(l.shape().with(a, 3)));
      }
    }
    if (rank < 4) {
      for (int a = 0; a <= rank; a++) {
        r.add(l.unsqueeze(a));
      }
      r.add(l.expand(l.shape().insert(0, 2)));
    }
    return r;
  }

  private static List<Shape> shapesOfSize(int size) {
    List<Shape> r = new ArrayList<>();
    shapes(size, new int[0], r);
    return r;
  }

  private static void shapes(int rest, int[] prefix, List<Shape> found) {
    if (Arrays.stream(prefix).reduce(1, (x, y) -> x * y) == rest) {
      found.add(Shape.of(prefix));
    }
    if (prefix.length < 4) {
      for (int d = rest == 0 ? 0 : 1; d <= Math.max(1, rest); d++) {
        if (rest == 0 || rest % d == 0) {
          int[] longer = Arrays.copyOf(prefix, prefix.length + 1);
          longer[prefix.length] = d;
          shapes(rest, longer, found);
        }
      }
    }
  }

  private static boolean viewExists(int[] positions, Shape target) {
    if (positions.length == 0) {
      return true;
    }
    int rank = target.rank();
    int[] stride = new int[rank];
    int place = 1;
    for (int a = rank - 1; a >= 0; a--) {
      stride[a] = target.dim(a) > 1 ? positions[place] - positions[0] : 0;
      place *= target.dim(a);
    }
    for (int i = 0; i < positions.length; i++) {
      int p = positions[0];
      int rest = i;
      for (int a = rank - 1; a >= 0; a--) {
        p += rest % target.dim(a) * stride[a];
        rest /= target.dim(a);
      }
      if (p != positions[i]) {
        return false;
      }
    }
    return true;
  }

  @Test
  void diagonals() {
    Layout l = Layout.contiguous(Shape.of(2, 3, 4)).slice(2, 1, 4, 1);
    assertArrayEquals(new int[] {1, 6, 11, 13, 18, 23}, l.diagonal(0, 1, 2).positions());
    assertArrayEquals(new int[] {5, 10, 17, 22}, l.diagonal(-1, -2, -1).positions());
    assertArrayEquals(new int[] {1, 17, 2, 18, 3, 19}, l.diagonal(0, 0, 1).positions());
    assertEquals(Shape.of(2, 0), l.diagonal(3, 1, 2).shape());
    assertThrows(ShapeException.class, () -> l.diagonal(0, 1, 1));
    assertThrows(ShapeException.class, () -> l.diagonal(4, 1, 2));
    assertThrows(ShapeException.class, () -> l.diagonal(-4, 1, 2));
    assertThrows(ShapeException.class, () -> l.diagonal(0, 0, 3));
  }

  @Test
  void anExpandedScalarIsUniform() {
    Layout scalar = Layout.contiguous(Shape.SCALAR);
    assertTrue(scalar.isUniform());
    assertTrue(scalar.expand(Shape.of(3, 4)).isUniform());
    assertTrue(Layout.contiguous(Shape.of(1, 1)).isUniform());
    assertFalse(Layout.contiguous(Shape.of(1, 2)).isUniform());
    assertFalse(Layout.contiguous(Shape.of(3, 1)).expand(Shape.of(3, 4)).isUniform());
  }
}
