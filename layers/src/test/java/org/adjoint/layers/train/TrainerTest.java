package org.adjoint.layers.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.adjoint.autograd.RandomStream;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.layers.Activation;
import org.adjoint.layers.BatchNorm;
import org.adjoint.layers.Dropout;
import org.adjoint.layers.Linear;
import org.adjoint.layers.Sequential;
import org.adjoint.layers.Setup;
import org.adjoint.layers.data.DataLoader;
import org.adjoint.layers.data.Images;
import org.adjoint.layers.data.RandomShift;
import org.adjoint.layers.io.CheckpointException;
import org.adjoint.layers.models.Models;
import org.adjoint.layers.optim.Adam;
import org.adjoint.layers.optim.Optimizer;
import org.adjoint.layers.optim.Schedule;
import org.adjoint.layers.optim.Sgd;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainerTest {
  private static final Images DATA = bars();

  private final Backend device = Backends.get("reference");

  @TempDir Path folder;

  /** 90 noisy 6 × 6 images: the class is the brightest row, of three. */
  private static Images bars() {
    SplittableRandom random = new SplittableRandom(1);
    byte[] pixels = new byte[90 * 36];
    byte[] labels = new byte[90];
    for (int i = 0; i < 90; i++) {
      labels[i] = (byte) (i % 3);
      for (int p = 0; p < 36; p++) {
        int base = p / 6 == 1 + labels[i] ? 150 : 20;
        pixels[36 * i + p] = (byte) (base + random.nextInt(80));
      }
    }
    return Images.of(pixels, labels, 6, 6, 3);
  }

  /** Dropout, batch norm, shuffling and shifts: everything that has a state. */
  private record Run(Sequential model, Trainer trainer) {}

  private Run run(long seed, int epochs) {
    Setup setup = Setup.of(device, DType.F32, seed);
    Sequential model =
        new Sequential(
            new Linear(setup, 36, 12),
            new BatchNorm(setup, 12),
            Activation.relu(),
            new Dropout(setup, 0.2),
            new Linear(setup, 12, 3));
    DataLoader loader =
        new DataLoader(DATA.flattened(), 20, device, DType.F32)
            .shuffle(new RandomStream(seed + 1))
            .augment(new RandomShift(6, 6, 1, 0), new RandomStream(seed + 2));
    Optimizer optimizer = Adam.adamW(model, 0.01, 0.1);
    Trainer trainer =
        new Trainer(new Classification(model), optimizer, loader, epochs)
            .schedule(Schedule.cosine(5));
    return new Run(model, trainer);
  }

  private static float[] bits(Sequential model) {
    List<Float> all = new ArrayList<>();
    for (Tensor t : model.tensors().values()) {
      for (float v : t.toFloatArray()) {
        all.add(v);
      }
    }
    float[] r = new float[all.size()];
    for (int i = 0; i < r.length; i++) {
      r[i] = all.get(i);
    }
    return r;
  }

  private DataLoader inOrder() {
    return new DataLoader(DATA.flattened(), 40, device, DType.F32);
  }

  @Test
  void learnsAndReports() {
    Sequential model = Models.perceptron(Setup.of(device, DType.F32, 1), 36, 16, 3);
    List<String> calls = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void onStart(Progress p) {
            calls.add("start " + p.epochs() + " " + p.batches() + " " + p.steps());
          }

          @Override
          public void onBatch(Progress p) {
            assertEquals(5 * (p.epoch() - 1) + p.batch(), p.step());
            assertTrue(p.batchLoss() > 0 && p.loss() > 0 && p.learningRate() > 0);
            assertTrue(p.accuracy() >= 0 && p.samplesPerSecond() > 0);
            assertTrue(p.seconds() > 0 && p.secondsLeft() >= 0);
            calls.add("batch");
          }

          @Override
          public void onEpoch(Progress p, EpochResult r) {
            calls.add("epoch " + r.epoch());
          }

          @Override
          public void onEnd(History h) {
            calls.add("end " + h.epochs().size());
          }
        };
    DataLoader loader =
        new DataLoader(DATA.flattened(), 20, device, DType.F32).shuffle(new RandomStream(2));
    Classification task = new Classification(model);
    Trainer trainer =
        new Trainer(task, new Sgd(model, 0.1, 0.9), loader, 12)
            .heldOut(inOrder())
            .listener(listener);
    History h = trainer.run();
    assertEquals("start 12 5 60", calls.get(0));
    assertEquals("batch", calls.get(5));
    assertEquals("epoch 1", calls.get(6));
    assertEquals("end 12", calls.get(calls.size() - 1));
    assertEquals(12, trainer.epochsDone());
    assertEquals(task, trainer.task());
    EpochResult last = h.epochs().get(11);
    assertEquals(60, last.step());
    assertTrue(last.trainLoss() < h.epochs().get(0).trainLoss() / 3, h.csv());
    assertTrue(last.heldOutAccuracy() > 0.95, h.csv());
    assertTrue(h.trainSeconds() > 0 && h.trainSeconds() >= last.seconds());
    assertFalse(model.isTraining(), "ready to be used");
    Classification.Report report = task.report(inOrder());
    assertEquals(last.heldOutAccuracy(), report.accuracy());
    assertEquals(last.heldOutLoss(), report.loss(), 1e-12);
    assertEquals(90, report.confusion().total());
    for (int i = 0; i < 90; i++) {
      assertTrue(report.predicted()[i] >= 0 && report.predicted()[i] < 3);
    }
    assertEquals(report.accuracy(), report.confusion().accuracy());
  }

  @Test
  void autoencodersLearnToo() {
    Sequential model = Models.perceptron(Setup.of(device, DType.F64, 1), 36, 6, 36);
    DataLoader loader =
        new DataLoader(DATA.flattened(), 30, device, DType.F64).shuffle(new RandomStream(2));
    Trainer trainer = new Trainer(new Reconstruction(model), new Adam(model, 0.01), loader, 10);
    History h = trainer.run();
    EpochResult last = h.epochs().get(9);
    assertTrue(last.trainLoss() < h.epochs().get(0).trainLoss() - 0.05, h.csv());
    assertTrue(Double.isNaN(last.trainAccuracy()) && Double.isNaN(last.heldOutLoss()));
    assertTrue(h.json().contains("\"train_accuracy\": null"), h.json());
    assertTrue(h.csv().lines().skip(1).allMatch(l -> l.contains(",,")), h.csv());
    assertEquals(11, h.csv().lines().count());
    assertEquals(12, h.json().lines().count());
  }

  @Test
  void equalSeedsGiveEqualBits() {
    Run first = run(1, 2);
    first.trainer().run();
    float[] expected = bits(first.model());
    for (int i = 0; i < 20; i++) {
      Run again = run(1, 2);
      again.trainer().run();
      assertArrayEquals(expected, bits(again.model()));
    }
    Run other = run(2, 2);
    other.trainer().run();
    assertFalse(java.util.Arrays.equals(expected, bits(other.model())));
  }

  @Test
  void resumedTrainingGivesTheSameBits() throws IOException {
    Run straight = run(1, 5);
    History whole = straight.trainer().run();
    Run begun = run(1, 5);
    begun.trainer().run(2);
    assertEquals(2, begun.trainer().epochsDone());
    Path file = folder.resolve("state");
    begun.trainer().save(file);
    Run resumed = run(1, 5);
    resumed.trainer().resume(file);
    History rest = resumed.trainer().run();
    assertArrayEquals(bits(straight.model()), bits(resumed.model()));
    assertEquals(5, rest.epochs().size());
    for (int e = 0; e < 5; e++) {
      assertEquals(whole.epochs().get(e).trainLoss(), rest.epochs().get(e).trainLoss());
      assertEquals(whole.epochs().get(e).learningRate(), rest.epochs().get(e).learningRate());
      assertEquals(whole.epochs().get(e).step(), rest.epochs().get(e).step());
    }
    // Two trainings of equal bits give files of equal bytes, but for the times in the history.
    Path a = folder.resolve("a");
    Path b = folder.resolve("b");
    org.adjoint.layers.io.Checkpoint.save(a, straight.model(), Map.of("model", "x"));
    org.adjoint.layers.io.Checkpoint.save(b, resumed.model(), Map.of("model", "x"));
    assertEquals(-1, Files.mismatch(a, b));
  }

  @Test
  void otherTrainingsCannotBeResumed() {
    Run begun = run(1, 3);
    begun.trainer().run(1);
    Path file = folder.resolve("state");
    begun.trainer().save(file);
    refused(run(2, 3).trainer(), file, "seed");
    Sequential model = begun.model();
    DataLoader loader =
        new DataLoader(DATA.flattened(), 20, device, DType.F32).shuffle(new RandomStream(2));
    refused(
        new Trainer(new Classification(model), new Sgd(model, 0.1, 0.9), loader, 3),
        file,
        "optimizer");
    Sequential small = Models.perceptron(Setup.of(device, DType.F32, 1), 36, 3);
    refused(
        new Trainer(new Classification(small), new Sgd(small, 0.1), loader, 3), file, "0.weight");
    org.adjoint.layers.io.Checkpoint.save(file, model, Map.of());
    refused(run(1, 3).trainer(), file, "epochs_done");
    org.adjoint.layers.io.Checkpoint.save(
        file,
        model,
        Map.of("epochs_done", "x", "step", "1", "train_seconds", "1", "history", "epoch"));
    refused(run(1, 3).trainer(), file, "damaged");
  }

  private static void refused(Trainer trainer, Path file, String part) {
    CheckpointException e = assertThrows(CheckpointException.class, () -> trainer.resume(file));
    assertTrue(String.valueOf(e.getMessage()).contains(part), () -> part + " in " + e.getMessage());
  }

  @Test
  void divergenceIsReported() {
    Sequential model = Models.perceptron(Setup.of(device, DType.F32, 1), 36, 16, 36);
    Trainer trainer =
        new Trainer(
            new Reconstruction(model, new org.adjoint.layers.loss.MeanSquaredError()),
            new Sgd(model, 1e6),
            inOrder(),
            20);
    TrainingException e = assertThrows(TrainingException.class, trainer::run);
    assertTrue(String.valueOf(e.getMessage()).contains("learning rate"), e.getMessage());
  }

  @Test
  void badArgumentsAreRefused() {
    Sequential model = Models.perceptron(Setup.of(device, DType.F32, 1), 36, 3);
    Optimizer optimizer = new Sgd(model, 0.1);
    Classification task = new Classification(model);
    assertThrows(ArgumentException.class, () -> new Trainer(task, optimizer, inOrder(), 0));
    Sequential flat = Models.perceptron(Setup.of(device, DType.F32, 1), 36, 2);
    // A model with too few outputs: its labels are out of range.
    assertThrows(
        org.adjoint.tensor.AdjointException.class,
        () -> new Trainer(new Classification(flat), new Sgd(flat, 0.1), inOrder(), 1).run());
    assertTrue(Double.isNaN(new Metrics().accuracy()));
  }

  @Test
  void aSteadyStepAllocatesNoArraysOfItsOwn() {
    Sequential model = Models.perceptron(Setup.of(device, DType.F32, 1), 36, 256, 3);
    DataLoader loader =
        new DataLoader(DATA.flattened(), 90, device, DType.F32).shuffle(new RandomStream(2));
    Trainer trainer =
        new Trainer(new Classification(model), new Sgd(model, 0.01, 0.9), loader, 300);
    trainer.run(100);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long pool = device.memory().live() + device.memory().pooled();
    long before = threads.getCurrentThreadAllocatedBytes();
    trainer.run(200);
    long step = (threads.getCurrentThreadAllocatedBytes() - before) / 200;
    // The parameters alone are 41 KB, the hidden layer 92 KB.
    assertTrue(step < 30_000, step + " bytes a step");
    assertEquals(pool, device.memory().live() + device.memory().pooled());
  }
}
