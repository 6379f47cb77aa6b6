package org.adjoint.tutorials;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Reader;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;
import org.adjoint.kernels.ptx.Dim3;
import org.adjoint.kernels.ptx.Simulator;
import org.junit.jupiter.api.Test;

/** A walk with somebody at the keyboard. */
final class PtxStepperTest {
  private final StringWriter shown = new StringWriter();

  /** Walks through exp_f32; true if it came to the end. */
  private boolean walk(Reader keys) {
    PtxTexts.Kernel kernel = Objects.requireNonNull(PtxTexts.kernels().get("exp_f32"));
    PtxExample example = PtxExample.of(kernel);
    try (Simulator device = new Simulator()) {
      List<PtxExample.Array> arrays = example.allocate(device);
      device.listener(
          new PtxStepper(
              new PrintWriter(shown),
              new BufferedReader(keys),
              PtxTexts.lines(kernel, true),
              arrays,
              new PtxStepper.Watch(new Dim3(0, 0, 0), 0, 0),
              1));
      example.launch(device, arrays);
      return true;
    } catch (PtxStepper.Quit e) {
      return false;
    }
  }

  private long instructions() {
    return shown.toString().lines().filter(l -> l.matches("(> )?\\w+\\.(ptx|inc):\\d+ .*")).count();
  }

  @Test
  void enterIsTheNextInstructionAndTheEndOfInputQuits() {
    assertFalse(walk(new StringReader("\n\n")));
    assertEquals(3, instructions(), shown.toString());
  }

  @Test
  void itRunsOnToTheEnd() {
    assertTrue(walk(new StringReader(" c \n")));
    assertEquals(1, instructions(), shown.toString());
  }

  @Test
  void breaksStopAtLabelsAndLines() {
    assertFalse(walk(new StringReader("b NEXT_ROW\nc\nq\n")));
    assertTrue(shown.toString().contains("break at unary_begin.inc:"), shown.toString());
    assertTrue(shown.toString().contains("> unary_begin.inc:"), shown.toString());
    assertEquals(2, instructions(), shown.toString());
    int line =
        PtxTexts.lines(Objects.requireNonNull(PtxTexts.kernels().get("exp_f32")), false).stream()
            .filter(l -> l.text().contains("call (%y), expf"))
            .findFirst()
            .orElseThrow()
            .at()
            .line();
    assertFalse(walk(new StringReader("b " + line + "\nc\nq\n")));
    assertTrue(shown.toString().contains("> unary.ptx:" + line), shown.toString());
    assertFalse(walk(new StringReader("b unary_begin.inc:9\nc\nq\n")));
    assertTrue(shown.toString().contains("break at unary_begin.inc:9: "), shown.toString());
  }

  @Test
  void whatIsNotUnderstoodChangesNothing() {
    assertFalse(walk(new StringReader("b NOWHERE\nb \nnext\nb 99999\nq\n")));
    assertEquals(1, instructions(), shown.toString());
    assertTrue(shown.toString().contains("no label or line 'NOWHERE'"), shown.toString());
    assertTrue(shown.toString().contains("'next' is no command"), shown.toString());
    assertTrue(shown.toString().contains("no label or line '99999'"), shown.toString());
  }

  @Test
  void aKeyboardThatFailsIsTold() {
    Reader broken =
        new Reader() {
          @Override
          public int read(char[] buffer, int offset, int length) throws IOException {
            throw new IOException("unplugged");
          }

          @Override
          public void close() {}
        };
    assertThrows(UncheckedIOException.class, () -> walk(broken));
  }

  @Test
  void lanesReadAsRanges() {
    assertEquals("no lane", PtxStepper.lanes(0));
    assertEquals("all 32 lanes", PtxStepper.lanes(-1));
    assertEquals("lane 31", PtxStepper.lanes(1 << 31));
    assertEquals("lanes 0-1, 5, 30-31", PtxStepper.lanes(3 | 1 << 5 | 3 << 30));
  }
}
