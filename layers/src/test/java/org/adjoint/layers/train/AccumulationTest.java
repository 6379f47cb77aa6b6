package org.adjoint.layers.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.adjoint.autograd.RandomStream;
import org.adjoint.autograd.Variable;
import org.adjoint.layers.Activation;
import org.adjoint.layers.Linear;
import org.adjoint.layers.Sequential;
import org.adjoint.layers.Setup;
import org.adjoint.layers.data.Batch;
import org.adjoint.layers.data.DataLoader;
import org.adjoint.layers.loss.CrossEntropy;
import org.adjoint.layers.optim.Adam;
import org.adjoint.layers.optim.Schedules;
import org.adjoint.layers.optim.Sgd;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several batches a step, cycled momentum and averaged weights, also across save and resume. */
class AccumulationTest {
  @TempDir Path folder;

  private static Small small(int batches, boolean replayed) {
    Small small = new Small(3);
    small.trainer.accumulate(batches).replay(replayed);
    return small;
  }

  /** Stops after a step. */
  private static void stopAfter(Trainer trainer, long step) {
    trainer.listener(
        new TrainingListener() {
          @Override
          public void onBatch(Progress p) {
            if (p.step() == step) {
              trainer.stop("step " + step);
            }
          }
        });
  }

  @Test
  void twoBatchesAreOneLargeBatch() {
    List<double[]> found = new ArrayList<>();
    for (int batches : new int[] {1, 3}) {
      Setup setup = Setup.of(Small.DEVICE, DType.F64, 1);
      Sequential model =
          new Sequential(new Linear(setup, 36, 5), Activation.tanh(), new Linear(setup, 5, 3));
      DataLoader loader =
          new DataLoader(Small.DATA.flattened(), 30 / batches, Small.DEVICE, DType.F64);
      Trainer trainer =
          new Trainer(new Classification(model), new Sgd(model, 0.1, 0.9), loader, 2)
              .accumulate(batches);
      History history = trainer.run();
      assertEquals(6, trainer.progress().step());
      assertEquals(6, trainer.progress().steps());
      List<Double> all = new ArrayList<>();
      model
          .tensors()
          .values()
          .forEach(
              t -> {
                for (double v : t.toDoubleArray()) {
                  all.add(v);
                }
              });
      all.add(history.epochs().getLast().trainLoss());
      all.add(history.epochs().getLast().trainAccuracy());
      all.add(trainer.progress().batchLoss());
      found.add(all.stream().mapToDouble(v -> v).toArray());
      if (batches > 1) {
        TrainingStep step = trainer.replayed();
        assertNotNull(step);
        assertEquals(6, step.program().placeholders().size());
      }
    }
    assertArrayEquals(found.get(0), found.get(1), 1e-12);
  }

  @Test
  void replayOfSeveralBatchesHasTheBitsOfTheStep() {
    // Batches of 20, 20, 20, 20 and 10: steps of two, two and one, and of three and two of two
    // sizes, which is computed each time.
    for (int n : new int[] {2, 3}) {
      Small computed = small(n, false);
      Small replayed = small(n, true);
      History expected = computed.trainer.run();
      History received = replayed.trainer.run();
      assertEquals(
          expected.epochs().getLast().trainLoss(), received.epochs().getLast().trainLoss());
      assertEquals(
          expected.epochs().getLast().trainAccuracy(), received.epochs().getLast().trainAccuracy());
      Small.assertSame(computed.model, replayed.model);
      assertNotNull(replayed.trainer.replayed());
      assertEquals(n == 2 ? 9 : 6, replayed.trainer.progress().step());
    }
  }

  @Test
  void resumedBetweenStepsGivesTheSameBits() {
    for (boolean replayed : new boolean[] {false, true}) {
      Small straight = small(2, replayed);
      straight.trainer.run();
      Small first = small(2, replayed);
      stopAfter(first.trainer, 5);
      first.trainer.run();
      assertEquals(4, first.trainer.progress().batch());
      Path file = folder.resolve("training.safetensors");
      first.trainer.save(file);
      Small second = small(2, replayed);
      second.trainer.resume(file);
      second.trainer.run();
      Small.assertSame(straight.model, second.model);
      assertEquals(9, second.trainer.progress().step());
    }
  }

  @Test
  void badNumbersAreRefused() {
    Small small = new Small(2);
    assertThrows(ArgumentException.class, () -> small.trainer.accumulate(0));
    small.trainer.run(1);
    assertThrows(ArgumentException.class, () -> small.trainer.accumulate(2));
    assertThrows(ArgumentException.class, () -> Averaging.exponential(1));
    assertThrows(ArgumentException.class, () -> Averaging.ofEpochs(0));
    assertThrows(NullPointerException.class, () -> Averaging.ofEpochs(1).average());
  }

  @Test
  void momentumIsCycled() {
    Setup setup = Setup.of(Small.DEVICE, DType.F32, 1);
    List<float[]> found = new ArrayList<>();
    for (boolean byTrainer : new boolean[] {true, false}) {
      Linear model = new Linear(Setup.of(Small.DEVICE, DType.F32, 1), 36, 3);
      Adam optimizer = new Adam(model, 0.01);
      DataLoader loader =
          new DataLoader(Small.DATA.flattened(), 30, Small.DEVICE, DType.F32)
              .shuffle(new RandomStream(5));
      var cycle = Schedules.oneCycleMomentum(6, 0.5, 0.85, 0.95, false);
      if (byTrainer) {
        new Trainer(new Classification(model), optimizer, loader, 2).momentum(cycle).run();
        assertEquals(cycle.factor(5, 6), optimizer.momentum());
      } else {
        long step = 0;
        for (int epoch = 0; epoch < 2; epoch++) {
          for (Batch batch : loader) {
            optimizer.momentum(cycle.factor(step++, 6));
            optimizer.resetGradients();
            new CrossEntropy().of(model.forward(Variable.of(batch.x())), batch.labels()).backward();
            optimizer.step();
          }
        }
      }
      found.add(model.weight().value().toFloatArray());
    }
    assertArrayEquals(found.get(1), found.get(0));
    Linear plain = new Linear(setup, 2, 2);
    Sgd without = new Sgd(plain, 0.1);
    assertThrows(ArgumentException.class, () -> without.momentum(0.9));
    Sgd with = new Sgd(plain, 0.1, 0.9);
    assertThrows(ArgumentException.class, () -> with.momentum(0));
    assertThrows(ArgumentException.class, () -> with.momentum(1));
    assertEquals(0, without.momentum());
    Snapshot before = Snapshot.of(plain, with);
    with.momentum(0.5);
    before.restore();
    assertEquals(0.9, with.momentum());
  }

  @Test
  void exponentialAveragesGoOnAfterResume() {
    Small straight = new Small(3);
    Averaging average = Averaging.exponential(0.9);
    straight.trainer.listener(average).run();
    Small plain = new Small(3);
    plain.trainer.run();
    // The network has the average, the average has what was trained.
    Small.assertSame(plain.model, restored(straight, average));

    Small first = new Small(3);
    first.trainer.listener(Averaging.exponential(0.9));
    stopAfter(first.trainer, 7);
    first.trainer.run();
    Path file = folder.resolve("averaged.safetensors");
    first.trainer.save(file);
    Small second = new Small(3);
    Averaging resumed = Averaging.exponential(0.9);
    second.trainer.listener(resumed);
    second.trainer.resume(file);
    second.trainer.run();
    assertEquals(15, resumed.average().updates());
    resumed.average().exchange();
    resumed.average().exchange();
    average.average().exchange();
    Small.assertSame(straight.model, second.model);
  }

  @Test
  void theAverageIsLeftInTheNetworkOnce() {
    Small small = new Small(1);
    small.trainer.listener(Averaging.exponential(0.5)).run();
    float[] mean = weight(small);
    small.trainer.run();
    assertArrayEquals(mean, weight(small));
    Path file = folder.resolve("done.safetensors");
    small.trainer.save(file);
    Small again = new Small(1);
    again.trainer.listener(Averaging.exponential(0.5));
    again.trainer.resume(file);
    again.trainer.run();
    assertArrayEquals(mean, weight(again));
  }

  @Test
  void moreEpochsGoOnFromWhatWasTrained() {
    Small small = new Small(1);
    List<float[]> trained = new ArrayList<>();
    small
        .trainer
        .listener(
            new TrainingListener() {
              @Override
              public void onEpoch(Progress p, EpochResult r) {
                trained.add(weight(small));
              }
            })
        .listener(Averaging.exponential(0.5))
        .run();
    Path file = folder.resolve("one.safetensors");
    small.trainer.save(file);
    Small more = new Small(2);
    Averaging average = Averaging.exponential(0.5);
    more.trainer
        .listener(average)
        .listener(
            new TrainingListener() {
              @Override
              public void onStart(Progress p) {
                trained.add(weight(more));
              }

              @Override
              public void onEpoch(Progress p, EpochResult r) {
                trained.add(weight(more));
              }
            });
    more.trainer.resume(file);
    more.trainer.run();
    assertArrayEquals(trained.get(0), trained.get(1));
    assertFalse(Arrays.equals(trained.get(2), weight(more)));
    average.average().exchange();
    assertArrayEquals(trained.get(2), weight(more));
  }

  private static Sequential restored(Small small, Averaging average) {
    average.average().exchange();
    return small.model;
  }

  @Test
  void equalAveragesOfEpochsAndTheirStatistics() {
    Small small = new Small(3);
    Averaging average = Averaging.ofEpochs(2).statistics(Small.inOrder());
    List<float[]> ends = new ArrayList<>();
    List<float[]> statistics = new ArrayList<>();
    small
        .trainer
        .listener(
            new TrainingListener() {
              @Override
              public void onEpoch(Progress p, EpochResult r) {
                ends.add(weight(small));
                statistics.add(mean(small));
              }
            })
        .listener(average)
        .run();
    assertEquals(2, average.average().updates());
    float[] mean = weight(small);
    for (int i = 0; i < mean.length; i++) {
      assertEquals((ends.get(1)[i] + ends.get(2)[i]) / 2, mean[i], 1e-6f);
    }
    assertFalse(java.util.Arrays.equals(statistics.get(2), mean(small)));
    assertFalse(small.model.isTraining());
    assertTrue(small.trainer.isDone());
  }

  private static float[] weight(Small small) {
    Tensor t = small.model.tensors().get("0.weight");
    return t.toFloatArray();
  }

  private static float[] mean(Small small) {
    Tensor t = small.model.tensors().get("1.running_mean");
    return t.toFloatArray();
  }
}
