package org.adjoint.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class ParametersTest {
  private final Parameters parameters = new Parameters();

  @Test
  void eachLiesAtAMultipleOfItsSize() {
    parameters.integer(1).address(0x1122334455667788L).number(1).wide(-2).integer(3);
    assertEquals(36, parameters.size());
    assertEquals(5, parameters.count());
    assertArrayEquals(
        new int[] {1, 0, 0x55667788, 0x11223344, 0x3f800000, 0, -2, -1, 3},
        parameters.block().toArray(ValueLayout.JAVA_INT));
    assertEquals("(1, 0x1122334455667788, 1.0f, -2, 3)", parameters.toString());
    assertEquals(0, parameters.address() % 8);
  }

  @Test
  void whatIsLeftOutIsZero() {
    parameters.wide(-1).wide(-1).wide(-1);
    parameters.clear().integer(5).skip(12).number(2);
    assertArrayEquals(
        new int[] {5, 0, 0, 0, 0x40000000}, parameters.block().toArray(ValueLayout.JAVA_INT));
    assertEquals("(5, 2.0f)", parameters.toString());
    assertEquals("()", parameters.clear().toString());
  }

  @Test
  void theLogKeepsTheLatestLaunches() {
    LaunchLog log = new LaunchLog();
    assertEquals("no kernel was launched before", log.text());
    for (int i = 0; i < 20; i++) {
      log.note("k" + i, Geometry.of(i + 1, 32), parameters.clear().integer(i));
    }
    String text = log.text();
    assertTrue(
        text.startsWith(
            "the last launches were k19(19) in grid (20, 1, 1) x block (32, 1, 1), 0 bytes of"
                + " shared memory; before it k18(18) in"),
        text);
    assertTrue(text.contains("k12(12)") && !text.contains("k11("), text);
  }

  @Test
  void gridsCover() {
    assertEquals(Geometry.of(1, 256), Geometry.covering(0, 256, 9));
    assertEquals(Geometry.of(2, 256), Geometry.covering(257, 256, 9));
    assertEquals(Geometry.of(9, 256), Geometry.covering(1L << 40, 256, 9));
    assertEquals(new Geometry(2, 1, 1, 32, 8, 1, 0), Geometry.warps(9, 64));
    assertEquals(new Geometry(2, 1, 1, 256, 1, 1, 0), Geometry.matrix(1, 300, 64));
    assertEquals(new Geometry(1, 3, 1, 16, 16, 1, 0), Geometry.matrix(40, 10, 64));
    assertEquals(new Geometry(1, 64, 1, 2, 128, 1, 0), Geometry.matrix(100_000, 1, 64));
  }
}
