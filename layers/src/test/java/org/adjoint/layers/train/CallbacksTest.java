package org.adjoint.layers.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.adjoint.layers.io.Checkpoint;
import org.adjoint.layers.io.CheckpointException;
import org.adjoint.layers.optim.Plateau;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CallbacksTest {
  @TempDir Path folder;

  private static EpochResult epoch(int number, double heldOut) {
    return new EpochResult(number, number, 0.1, 1, 0.5, heldOut, heldOut, 1);
  }

  @Test
  void monitorsKnowTheBest() {
    List<EpochResult> all = new ArrayList<>();
    assertEquals(0, Monitor.HELD_OUT_LOSS.best(all, 0));
    double[] losses = {Double.NaN, 3, 2, 2, 2.5, 1.95};
    for (int i = 0; i < losses.length; i++) {
      all.add(epoch(i + 1, losses[i]));
    }
    assertEquals(6, Monitor.HELD_OUT_LOSS.best(all, 0));
    assertEquals(3, Monitor.HELD_OUT_LOSS.best(all, 0.1));
    assertEquals(2, Monitor.HELD_OUT_ACCURACY.best(all, 0));
    assertEquals(1, Monitor.TRAIN_LOSS.best(all, 0));
  }

  /** Trains with a rate that soon does harm, so that an early epoch is the best. */
  private static Small harmful(int epochs) {
    Small small = new Small(epochs);
    small.trainer.schedule((step, total) -> step < 15 ? 1 : 300).heldOut(Small.inOrder());
    return small;
  }

  @Test
  void stopsEarlyAndRestoresTheBest() {
    Small small = harmful(50);
    List<Map<String, double[]>> after = new ArrayList<>();
    small
        .trainer
        .listener(
            new TrainingListener() {
              @Override
              public void onEpoch(Progress p, EpochResult r) {
                Map<String, double[]> copy = new java.util.LinkedHashMap<>();
                small.model.tensors().forEach((name, t) -> copy.put(name, t.toDoubleArray()));
                after.add(copy);
              }
            })
        .listener(new EarlyStopping(Monitor.HELD_OUT_LOSS, 3));
    History h = small.trainer.run();
    int best = Monitor.HELD_OUT_LOSS.best(h.epochs(), 0);
    assertEquals(best + 3, h.epochs().size());
    assertTrue(best < 10, h.csv());
    assertTrue(small.trainer.stopped().contains("epoch " + best), small.trainer.stopped());
    small
        .model
        .tensors()
        .forEach(
            (name, t) -> assertArrayEquals(after.get(best - 1).get(name), t.toDoubleArray(), name));
    assertEquals(
        h.epochs().get(best - 1).heldOutLoss(),
        Trainer.evaluate(small.trainer.task(), Small.inOrder()).loss());
  }

  @Test
  void theBestSurvivesASaveAndComesBackAtTheEnd() {
    Small straight = harmful(6);
    straight.trainer.listener(new EarlyStopping(Monitor.HELD_OUT_LOSS, 50, 0.001)).run();
    Small begun = harmful(6);
    begun.trainer.listener(new EarlyStopping(Monitor.HELD_OUT_LOSS, 50, 0.001)).run(5);
    Path file = folder.resolve("state");
    begun.trainer.save(file);
    Small resumed = harmful(6);
    resumed.trainer.listener(new EarlyStopping(Monitor.HELD_OUT_LOSS, 50, 0.001)).resume(file);
    History h = resumed.trainer.run();
    assertTrue(Monitor.HELD_OUT_LOSS.best(h.epochs(), 0.001) < 5, h.csv());
    Small.assertSame(straight.model, resumed.model);
  }

  @Test
  void keepsTheNewestStatesAndTheBestModel() throws IOException {
    Small small = harmful(5);
    small.trainer.listener(new Checkpoints(folder, 2, Monitor.HELD_OUT_LOSS));
    History h = small.trainer.run(4);
    int best = Monitor.HELD_OUT_LOSS.best(h.epochs(), 0);
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(
          List.of("best.safetensors", "state-0003.safetensors", "state-0004.safetensors"),
          files.map(f -> f.getFileName().toString()).sorted().toList());
    }
    assertEquals(
        String.valueOf(best), Checkpoint.metadata(folder.resolve("best.safetensors")).get("epoch"));
    Path latest = Checkpoints.latest(folder);
    assertNotNull(latest);
    Small resumed = harmful(5);
    resumed.trainer.resume(latest);
    small.trainer.run();
    resumed.trainer.run();
    Small.assertSame(small.model, resumed.model);
    // Beyond four digits the longer number is the newer.
    Files.createFile(folder.resolve("state-10000.safetensors"));
    assertEquals("state-10000.safetensors", Checkpoints.latest(folder).getFileName().toString());
    assertNull(Checkpoints.latest(Files.createDirectory(folder.resolve("empty"))));
    assertThrows(CheckpointException.class, () -> Checkpoints.latest(folder.resolve("none")));
  }

  @Test
  void timeAndLogs() throws IOException {
    Small small = new Small(100_000);
    Path csv = folder.resolve("log.csv");
    Path json = folder.resolve("log.json");
    List<String> said = new ArrayList<>();
    small
        .trainer
        .listener(new TimeBudget(Duration.ofMillis(300)))
        .listener(MetricsLog.csv(csv))
        .listener(MetricsLog.json(json))
        .listener(new ProgressLog(said::add));
    History h = small.trainer.run();
    assertTrue(h.trainSeconds() >= 0.3 && h.trainSeconds() < 60, () -> "" + h.trainSeconds());
    assertTrue(small.trainer.stopped().contains("time"));
    assertFalse(h.epochs().isEmpty());
    assertEquals(h.csv(), Files.readString(csv));
    assertEquals(h.json(), Files.readString(json));
    assertEquals(h.epochs().size(), said.size());
    assertTrue(
        said.get(0).matches("epoch  1/100000  loss .*accuracy .*%.*samples/s.*left"), said.get(0));
    String line = ProgressLog.line(small.trainer.progress(), epoch(3, 0.25));
    assertTrue(line.contains("held out: loss 0.2500  accuracy 25.00%"), line);
  }

  @Test
  void badArgumentsAreRefused() {
    assertThrows(ArgumentException.class, () -> new EarlyStopping(Monitor.TRAIN_LOSS, 0));
    assertThrows(ArgumentException.class, () -> new EarlyStopping(Monitor.TRAIN_LOSS, 1, -1));
    assertThrows(ArgumentException.class, () -> new TimeBudget(Duration.ZERO));
    assertThrows(ArgumentException.class, () -> new TimeBudget(Duration.ofMillis(-1)));
    assertThrows(ArgumentException.class, () -> new TensorBoard(folder, 0));
    assertThrows(ArgumentException.class, () -> new Checkpoints(folder, -1, Monitor.TRAIN_LOSS));
    EarlyStopping alone = new EarlyStopping(Monitor.TRAIN_LOSS, 1);
    assertThrows(
        ArgumentException.class, () -> alone.onEpoch(new Small(1).trainer.progress(), epoch(1, 1)));
    // Without a trainer there is nothing to do.
    Progress p = new Small(1).trainer.progress();
    new TimeBudget(Duration.ofNanos(1)).onBatch(p);
    new Checkpoints(folder, 1, Monitor.TRAIN_LOSS).onEpoch(p, epoch(1, 1));
    MetricsLog.csv(folder.resolve("x")).onEpoch(p, epoch(1, 1));
    new TensorBoard(folder, 1).onBatch(p);
    new TensorBoard(folder, 1).onEpoch(p, epoch(1, 1));
  }

  /** The same epochs lower the rate as lower it in {@link Plateau}, and a resumed training too. */
  @Test
  void theRateFallsOnAPlateau() {
    for (Monitor monitor : new Monitor[] {Monitor.HELD_OUT_LOSS, Monitor.HELD_OUT_ACCURACY}) {
      Small small = harmful(12);
      small.trainer.listener(new ReduceOnPlateau(monitor, 0.5, 1));
      small.trainer.run(7);
      Path file = folder.resolve("plateau");
      small.trainer.save(file);
      Small resumed = harmful(12);
      resumed.trainer.listener(new ReduceOnPlateau(monitor, 0.5, 1)).resume(file);
      small.trainer.run();
      History h = resumed.trainer.run();
      Small.assertSame(small.model, resumed.model);
      Small other = new Small(1);
      Plateau plateau = new Plateau(other.trainer.optimizer, 0.5, 1);
      if (monitor == Monitor.HELD_OUT_ACCURACY) {
        plateau.largerIsBetter();
      }
      for (EpochResult e : h.epochs()) {
        double rate = other.trainer.optimizer.learningRate() * (e.step() <= 15 ? 1 : 300);
        assertEquals(rate, e.learningRate(), 1e-12, h.csv());
        plateau.measured(monitor.of(e));
      }
      assertTrue(other.trainer.optimizer.learningRate() < 0.01, h.csv());
    }
    assertThrows(ArgumentException.class, () -> new ReduceOnPlateau(Monitor.TRAIN_LOSS, 1, 1));
    assertThrows(ArgumentException.class, () -> new ReduceOnPlateau(Monitor.TRAIN_LOSS, 0.5, -1));
    new ReduceOnPlateau(Monitor.TRAIN_LOSS, 0.5, 1).onStart(new Small(1).trainer.progress());
  }

  @Test
  void tensorBoardGetsItsFileEvenIfTrainingFails() throws IOException {
    Small small = new Small(2);
    small.trainer.heldOut(Small.inOrder()).listener(new TensorBoard(folder, 2));
    small.trainer.run(1);
    small.trainer.listener(
        new TrainingListener() {
          @Override
          public void onBatch(Progress p) {
            throw new IllegalStateException("x");
          }
        });
    assertThrows(IllegalStateException.class, small.trainer::run);
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> all = files.sorted().toList();
      assertEquals(2, all.size());
      String events = Files.readString(all.get(0), java.nio.charset.StandardCharsets.ISO_8859_1);
      for (String tag : List.of("batch/loss", "held_out/accuracy", "parameters/0.weight")) {
        assertTrue(events.contains(tag), tag);
      }
    }
  }

  @Test
  void frozenPartsStayAsTheyAre() {
    Small small = new Small(2);
    small.model.children().get("0").trainable(false);
    Tensor frozen = small.model.parameters().get("0.weight").value();
    double[] before = frozen.toDoubleArray();
    double[] other = small.model.parameters().get("4.weight").value().toDoubleArray();
    small.trainer.run();
    assertArrayEquals(before, frozen.toDoubleArray());
    double[] now = small.model.parameters().get("4.weight").value().toDoubleArray();
    assertFalse(java.util.Arrays.equals(other, now));
  }
}
