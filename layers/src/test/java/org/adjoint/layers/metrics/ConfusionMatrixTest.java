package org.adjoint.layers.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.adjoint.tensor.ArgumentException;
import org.junit.jupiter.api.Test;

class ConfusionMatrixTest {
  @Test
  void countsAndShares() {
    ConfusionMatrix m = new ConfusionMatrix(3);
    int[][] pairs = {{0, 0}, {0, 0}, {0, 1}, {1, 1}, {1, 0}, {0, 0}};
    for (int[] p : pairs) {
      m.add(p[0], p[1]);
    }
    assertEquals(6, m.total());
    assertEquals(3, m.classes());
    assertEquals(3, m.count(0, 0));
    assertEquals(1, m.count(1, 0));
    assertEquals(4 / 6.0, m.accuracy(), 1e-15);
    assertEquals(0.75, m.precision(0));
    assertEquals(0.75, m.recall(0));
    assertEquals(0.5, m.recall(1));
    assertEquals(0.75, m.f1(0), 1e-15);
    assertEquals(0, m.f1(2));
    assertTrue(Double.isNaN(m.recall(2)));
    assertTrue(Double.isNaN(m.precision(2)));
    assertTrue(Double.isNaN(new ConfusionMatrix(2).accuracy()));
    assertEquals(
        """
        actual\\given    0    1    2   recall
                   0    3    1    0    75.0%
                   1    1    1    0    50.0%
                   2    0    0    0     NaN%
           precision  75%  50% NaN%   66.67%
        """,
        m.toString());
  }

  @Test
  void classesOutOfRangeAreRefused() {
    ConfusionMatrix m = new ConfusionMatrix(3);
    assertThrows(ArgumentException.class, () -> m.add(3, 0));
    assertThrows(ArgumentException.class, () -> m.add(0, -1));
    assertThrows(ArgumentException.class, () -> new ConfusionMatrix(0));
  }
}
