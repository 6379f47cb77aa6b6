package org.adjoint.layers.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.adjoint.autograd.Anomaly;
import org.adjoint.autograd.Backprop;
import org.adjoint.autograd.RowGradient;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.capture.CaptureException;
import org.adjoint.autograd.capture.Placeholder;
import org.adjoint.autograd.capture.Program;
import org.adjoint.autograd.capture.Session;
import org.adjoint.autograd.ops.Embeddings;
import org.adjoint.autograd.ops.Indexing;
import org.adjoint.kernels.Backends;
import org.adjoint.layers.Embedding;
import org.adjoint.layers.Setup;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Gradients of tables: the rows that were looked up, where that is the whole update. */
class RowUpdatesTest {
  private static final Device DEVICE = Backends.get("reference");
  private static final int ROWS = 9;
  private static final int[][] WORDS = {{3, 0, 3, 8}, {1, 1, 1, 1}, {7, 2, 0, 7}, {5, 4, 3, 5}};

  private static Embedding table() {
    return new Embedding(Setup.of(DEVICE, DType.F32, 4), ROWS, 3);
  }

  private static Tensor words(int step) {
    int[] words = WORDS[step % WORDS.length];
    return Tensor.of(DEVICE, words, words.length);
  }

  private static Variable loss(Embedding table, Tensor words) {
    return table.forward(words).square().sum();
  }

  private static float[] values(Embedding table) {
    return table.weight().value().toFloatArray();
  }

  /** Six steps; hooks see whole gradients, so that with one there are no rows. */
  private static float[] train(
      Function<Embedding, Optimizer> kind, boolean whole, Consumer<Optimizer> settings) {
    Embedding table = table();
    Optimizer optimizer = kind.apply(table);
    settings.accept(optimizer);
    if (whole) {
      table.weight().variable().onGradient(g -> g);
    }
    for (int step = 0; step < 6; step++) {
      try (Scope _ = Scope.open()) {
        optimizer.resetGradients();
        loss(table, words(step)).backward();
        assertEquals(!whole, table.weight().rowGradient() != null);
        optimizer.step();
      }
    }
    return values(table);
  }

  private static void same(Function<Embedding, Optimizer> kind, Consumer<Optimizer> settings) {
    assertArrayEquals(train(kind, true, settings), train(kind, false, settings));
  }

  @Test
  void aStepInRowsHasTheBitsOfOneInTheWholeTable() {
    same(t -> new Sgd(t, 0.1), o -> {});
    same(t -> new Sgd(t, 0.1, 0.9), o -> {});
    same(t -> new Sgd(t, 0.1, 0, false, 0.1), o -> {});
    same(t -> new Adam(t, 0.1), o -> {});
    same(t -> new Sgd(t, 0.1), o -> o.maximize(true));
    same(t -> new Sgd(t, 0.1), o -> o.clip(Clipping.norm(0.5)));
    same(t -> new Sgd(t, 0.1), o -> o.group(n -> true).weightDecay(0.2));
  }

  @Test
  void plainDescentLeavesTheGradientAsRows() {
    Embedding table = table();
    Optimizer optimizer = new Sgd(table, 0.1);
    loss(table, words(0)).backward();
    optimizer.step();
    RowGradient rows = table.weight().rowGradient();
    assertNotNull(rows);
    assertArrayEquals(WORDS[0], rows.index().toIntArray());
    assertTrue(table.weight().hasGradient());
    float[] whole = table.weight().variable().grad().toFloatArray();
    assertEquals(ROWS * 3, whole.length);
    assertNull(table.weight().rowGradient());
    optimizer.resetGradients();
    assertFalse(table.weight().hasGradient());
  }

  @Test
  void otherUsesMakeTheGradientWhole() {
    Embedding table = table();
    Variable w = table.weight().variable();
    Variable once = loss(table, words(0));
    Tensor exact = Backprop.gradients(once, List.of(w), false).getFirst().value();
    loss(table, words(0)).backward();
    assertNotNull(w.rowGrad());
    loss(table, words(1)).backward();
    assertNull(w.rowGrad(), "two passes");
    w.resetGrad();

    loss(table, words(0)).add(loss(table, words(0))).mul(0.5).backward();
    assertNull(w.rowGrad(), "two lookups");
    assertArrayEquals(exact.toFloatArray(), w.grad().toFloatArray(), 1e-6f);
    w.resetGrad();

    Variable mixed = w.mul(2).sum().add(loss(table, words(0)));
    mixed.backward();
    assertNull(w.rowGrad(), "a lookup and another use");
    float[] expected = exact.toFloatArray();
    for (int i = 0; i < expected.length; i++) {
      expected[i] += 2;
    }
    assertArrayEquals(expected, w.grad().toFloatArray(), 1e-6f);
    w.resetGrad();

    try (var _ = Anomaly.detect()) {
      loss(table, words(0)).backward();
    }
    assertNull(w.rowGrad(), "anomaly mode looks at whole gradients");
    w.resetGrad();

    Indexing.indexSelect(w, 1, Tensor.of(DEVICE, new int[] {2}, 1)).sum().backward();
    assertNull(w.rowGrad(), "columns");
    w.resetGrad();
    Embeddings.embedding(w.mul(1), words(0)).sum().backward();
    assertNull(w.rowGrad(), "a result is no leaf");
  }

  @Test
  void theIndexMayChangeBeforeTheStep() {
    Embedding table = table();
    Tensor words = words(0);
    loss(table, words).backward();
    Backends.kernels(DEVICE).elementwise().fill(1, words);
    RowGradient rows = table.weight().rowGradient();
    assertNotNull(rows);
    assertArrayEquals(WORDS[0], rows.index().toIntArray());
  }

  @Test
  void replayUpdatesRows() {
    for (boolean sparse : new boolean[] {false, true}) {
      Embedding computed = table();
      Embedding recorded = table();
      Optimizer first = sparse ? new Adam(computed, 0.1) : new Sgd(computed, 0.1);
      Optimizer second = sparse ? new Adam(recorded, 0.1) : new Sgd(recorded, 0.1);
      if (sparse) {
        first.group(n -> true).sparse(true);
        second.group(n -> true).sparse(true);
      }
      Placeholder words = new Placeholder("words", DEVICE, DType.I32, 4);
      Program program =
          Program.capture(
              () -> {
                second.resetGradients();
                Variable loss = loss(recorded, words.tensor());
                loss.backward();
                second.step();
                return loss;
              },
              words);
      assertFalse(recorded.weight().hasGradient());
      assertTrue(program.toString().contains("_rows"), program.toString());
      assertFalse(program.toString().contains("index_add"), program.toString());
      Session session = program.session();
      for (int step = 0; step < 6; step++) {
        first.resetGradients();
        loss(computed, words(step)).backward();
        first.step();
        session.feed(0, words(step)).run();
        assertArrayEquals(values(computed), values(recorded));
      }
      second.maximize(true);
      assertEquals(sparse, program.isCurrent(), "climbing, zeros might change their sign");
    }
  }

  @Test
  void aRecordedStepMayAskForTheWhole() {
    Embedding computed = table();
    Embedding recorded = table();
    List<Session> sessions = new ArrayList<>();
    for (Embedding table : List.of(computed, recorded)) {
      Optimizer optimizer = new Adam(table, 0.1);
      Placeholder words = new Placeholder("words", DEVICE, DType.I32, 4);
      loss(table, words(2)).backward();
      Program program =
          Program.capture(
              () -> {
                optimizer.resetGradients();
                Variable loss = loss(table, words.tensor());
                loss.backward();
                optimizer.step();
                return loss;
              },
              words);
      assertNotNull(table.weight().rowGradient(), "that of before is put back");
      sessions.add(program.session());
      optimizer.resetGradients();
      if (table == computed) {
        loss(table, words(0)).backward();
        optimizer.step();
      } else {
        sessions.getLast().feed(0, words(0)).run();
      }
    }
    assertArrayEquals(values(computed), values(recorded));
    CaptureException left =
        org.junit.jupiter.api.Assertions.assertThrows(
            CaptureException.class,
            () ->
                Program.capture(
                    () -> {
                      Variable loss = loss(table(), words(0));
                      loss.backward();
                      return loss;
                    }));
    assertTrue(left.getMessage().contains("reset"), left.getMessage());
  }

  @Test
  void onRequestRowsThatWereNotLookedUpKeepTheirState() {
    Embedding table = table();
    Optimizer optimizer = new Adam(table, 0.1);
    optimizer.group(n -> n.equals("weight")).sparse(true);
    float[] before = values(table);
    for (int step = 0; step < 2; step++) {
      optimizer.resetGradients();
      loss(table, words(step)).backward();
      optimizer.step();
    }
    float[] after = values(table);
    float[] mean = optimizer.state().get("m.weight").toFloatArray();
    for (int row = 0; row < ROWS; row++) {
      boolean seen = row == 3 || row == 0 || row == 8 || row == 1;
      for (int i = 3 * row; i < 3 * row + 3; i++) {
        assertEquals(seen, before[i] != after[i], "row " + row);
        assertEquals(seen, mean[i] != 0, "row " + row);
      }
    }
  }
}
