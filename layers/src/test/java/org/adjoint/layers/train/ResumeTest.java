package org.adjoint.layers.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.adjoint.autograd.Anomaly;
import org.adjoint.autograd.RandomStream;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Indexing;
import org.adjoint.kernels.Backends;
import org.adjoint.layers.Embedding;
import org.adjoint.layers.Linear;
import org.adjoint.layers.Network;
import org.adjoint.layers.Sequential;
import org.adjoint.layers.Setup;
import org.adjoint.layers.data.Batch;
import org.adjoint.layers.data.SequenceLoader;
import org.adjoint.layers.data.Sequences;
import org.adjoint.layers.io.Checkpoint;
import org.adjoint.layers.io.CheckpointException;
import org.adjoint.layers.io.Safetensors;
import org.adjoint.layers.loss.CrossEntropy;
import org.adjoint.layers.optim.Adam;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Training that stops and goes on, and training that is replayed: the bits of one that is not. */
class ResumeTest {
  @TempDir Path folder;

  /** Stops at a step. */
  private static TrainingListener stopAt(Trainer[] trainer, long step) {
    return new TrainingListener() {
      @Override
      public void onAttach(Trainer t) {
        trainer[0] = t;
      }

      @Override
      public void onBatch(Progress p) {
        if (p.step() == step) {
          trainer[0].stop("step " + step);
        }
      }
    };
  }

  private static void assertSame(History expected, History received) {
    assertEquals(expected.epochs().size(), received.epochs().size());
    for (int i = 0; i < expected.epochs().size(); i++) {
      EpochResult e = expected.epochs().get(i);
      EpochResult r = received.epochs().get(i);
      assertEquals(e.trainLoss(), r.trainLoss());
      assertEquals(e.trainAccuracy(), r.trainAccuracy());
      assertEquals(e.heldOutLoss(), r.heldOutLoss());
      assertEquals(e.learningRate(), r.learningRate());
      assertEquals(e.step(), r.step());
    }
  }

  @Test
  void replayedStepsGiveTheBitsOfComputedOnes() {
    Small eager = new Small(4);
    eager.trainer.replay(false).heldOut(Small.inOrder());
    Small replayed = new Small(4);
    replayed.trainer.heldOut(Small.inOrder());
    assertSame(eager.trainer.run(), replayed.trainer.run());
    Small.assertSame(eager.model, replayed.model);
    assertNull(eager.trainer.replayed());
    TrainingStep step = replayed.trainer.replayed();
    assertNotNull(step);
    assertTrue(step.program().calls() > 5);
    assertNull(replayed.trainer.replayObstacle());
    Small watched = new Small(4);
    try (var _ = Anomaly.detect()) {
      watched.trainer.heldOut(Small.inOrder()).run();
    }
    assertNull(watched.trainer.replayed(), "anomaly mode looks at every value");
    Small.assertSame(eager.model, watched.model);
  }

  @Test
  void tasksThatReadValuesAreComputedAsUsual() {
    Small plain = new Small(1);
    Small reading = new Small(1);
    Classification inner = new Classification(reading.model);
    RecordableTask task =
        new RecordableTask() {
          @Override
          public Network network() {
            return inner.network();
          }

          @Override
          public List<Variable> outputs(Batch batch) {
            List<Variable> o = inner.outputs(batch);
            assertTrue(o.get(0).item() > 0);
            return o;
          }
        };
    plain.trainer.run();
    Trainer trainer =
        new Trainer(task, reading.trainer.optimizer, reading.loader, 1)
            .schedule(org.adjoint.layers.optim.Schedule.cosine(5));
    trainer.run();
    Small.assertSame(plain.model, reading.model);
    assertNull(trainer.replayed());
    assertNotNull(trainer.replayObstacle());
  }

  /** Which of four numbers a sequence begins with, told from the mean of its vectors. */
  private static Sequential sequenceModel(boolean replay) {
    List<int[]> lines = new ArrayList<>();
    int[] classes = new int[60];
    for (int i = 0; i < 60; i++) {
      classes[i] = i % 4;
      lines.add(IntStream.range(0, 1 + i % 9).map(k -> classes[lines.size()] + 1).toArray());
    }
    Setup setup = Setup.of(Small.DEVICE, DType.F32, 1);
    Embedding table = new Embedding(setup, 5, 6);
    Linear top = new Linear(setup, 6, 4);
    Sequential model = new Sequential(table, top);
    RecordableTask task =
        new RecordableTask() {
          @Override
          public Network network() {
            return model;
          }

          @Override
          public List<Variable> outputs(Batch batch) {
            Variable sum = table.forward(Variable.of(batch.x())).sum(1);
            Variable lengths =
                Variable.of(Indexing.oneHot(batch.lengths(), 10, DType.F32).value())
                    .matmul(Variable.of(Tensor.of(Small.DEVICE, counted(), 10, 1)));
            return List.of(new CrossEntropy().of(top.forward(sum.div(lengths)), batch.labels()));
          }
        };
    SequenceLoader loader =
        new SequenceLoader(Sequences.classified(lines, classes), 8, Small.DEVICE)
            .shuffle(new RandomStream(1))
            .bucket(4)
            .round(3);
    Trainer trainer = new Trainer(task, new Adam(model, 0.02), loader, 12).replay(replay);
    History h = trainer.run();
    assertEquals(replay, trainer.replayed() != null, () -> "" + trainer.replayObstacle());
    assertTrue(h.epochs().getLast().trainLoss() < 0.8 * h.epochs().get(0).trainLoss(), h.csv());
    return model;
  }

  private static float[] counted() {
    float[] v = new float[10];
    for (int i = 0; i < 10; i++) {
      v[i] = i;
    }
    return v;
  }

  @Test
  void sequencesOfManyLengthsAreReplayedToo() {
    Small.assertSame(sequenceModel(false), sequenceModel(true));
  }

  @Test
  void aRunStoppedInTheMiddleOfAnEpochGoesOn() {
    Small straight = new Small(3);
    History expected = straight.trainer.heldOut(Small.inOrder()).run();
    assertNull(straight.trainer.stopped());
    Small halting = new Small(3);
    Trainer[] t = new Trainer[1];
    halting.trainer.heldOut(Small.inOrder()).listener(stopAt(t, 7));
    History half = halting.trainer.run();
    assertEquals(1, half.epochs().size());
    assertEquals("step 7", halting.trainer.stopped());
    assertEquals(2, halting.trainer.progress().batch());
    assertFalse(halting.trainer.isDone());
    assertSame(expected, halting.trainer.run());
    assertTrue(halting.trainer.isDone());
    Small.assertSame(straight.model, halting.model);
  }

  /** Saved after each of the 15 steps in turn. */
  @Test
  void aTrainingSavedAfterAnyBatchIsResumedBitForBit() {
    Small straight = new Small(3);
    History expected = straight.trainer.heldOut(Small.inOrder()).run();
    for (int step = 1; step <= 15; step++) {
      Small halting = new Small(3);
      Path file = folder.resolve("state" + step);
      long at = step;
      halting
          .trainer
          .heldOut(Small.inOrder())
          .listener(
              new TrainingListener() {
                @Override
                public void onBatch(Progress p) {
                  if (p.step() == at) {
                    halting.trainer.save(file);
                  }
                }
              });
      halting.trainer.run();
      Small resumed = new Small(3);
      resumed.trainer.heldOut(Small.inOrder()).resume(file);
      assertSame(expected, resumed.trainer.run());
      Small.assertSame(straight.model, resumed.model);
    }
  }

  @Test
  void damagedTextsAreRefused() {
    Small small = new Small(2);
    small.trainer.run(1);
    Path file = folder.resolve("state");
    small.trainer.save(file);
    Safetensors.Contents c = Safetensors.read(file, Small.DEVICE);
    Map<String, String> damages = Map.of("metrics", "1 2 3", "batch", "1000000");
    damages.forEach(
        (key, text) -> {
          Map<String, String> metadata = new java.util.LinkedHashMap<>(c.metadata());
          metadata.put(key, text);
          Safetensors.write(file, c.tensors(), metadata);
          CheckpointException e =
              assertThrows(CheckpointException.class, () -> new Small(2).trainer.resume(file));
          assertTrue(e.getMessage().contains("damaged"), e.getMessage());
        });
  }

  /** Trains until it is told to end. */
  public static final class Training {
    private Training() {}

    /** Takes the file to save to. */
    public static void main(String[] arguments) {
      Small small = new Small(1_000_000);
      small.trainer.listener(new SaveOnInterrupt(Path.of(arguments[0]), System.out::println));
      small.trainer.listener(
          new TrainingListener() {
            @Override
            public void onBatch(Progress p) {
              if (p.step() == 7) {
                System.out.println("seven");
              }
            }
          });
      small.trainer.run();
    }
  }

  @Test
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void ctrlCSavesAndSaysHowToGoOn() throws Exception {
    Path file = folder.resolve("state");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-Xmx200m", "-cp"));
    command.add(
        Stream.of(Training.class, Trainer.class, Variable.class, Backends.class, Tensor.class)
            .map(c -> c.getProtectionDomain().getCodeSource().getLocation().toString())
            .map(location -> Path.of(URI.create(location)).toString())
            .distinct()
            .collect(Collectors.joining(File.pathSeparator)));
    command.addAll(List.of(Training.class.getName(), file.toString()));
    Process training = new ProcessBuilder(command).redirectErrorStream(true).start();
    List<String> said = new ArrayList<>();
    try (BufferedReader out =
        new BufferedReader(
            new InputStreamReader(training.getInputStream(), StandardCharsets.UTF_8))) {
      String line = out.readLine();
      while (line != null && !line.equals("seven")) {
        said.add(line);
        line = out.readLine();
      }
      assertEquals("seven", line, said::toString);
      // It ends as by Ctrl-C, whose -INT is ignored below a shell that runs in the background.
      new ProcessBuilder("kill", "-TERM", String.valueOf(training.pid())).start().waitFor();
      out.lines().forEach(said::add);
    }
    assertTrue(training.waitFor(60, TimeUnit.SECONDS));
    String how = said.getLast();
    assertTrue(how.contains("interrupted at step ") && how.contains("resume(Path.of("), how);
    long step = Long.parseLong(how.substring("interrupted at step ".length()).split(" ")[0]);
    assertTrue(step >= 7);
    Small resumed = new Small(1_000_000);
    resumed.trainer.resume(file);
    assertEquals(step, resumed.trainer.progress().step());
    Trainer[] t = new Trainer[1];
    resumed.trainer.listener(stopAt(t, step + 8)).run();
    Small straight = new Small(1_000_000);
    straight.trainer.listener(stopAt(t, step + 8)).run();
    Small.assertSame(straight.model, resumed.model);
  }

  @Test
  void anInterruptBetweenBatchesIsHeardInProcessToo() {
    Small small = new Small(3);
    Path file = folder.resolve("state");
    List<String> said = new ArrayList<>();
    SaveOnInterrupt save = new SaveOnInterrupt(file, said::add);
    save.interrupt();
    save.onEnd(small.trainer.history());
    small.trainer.listener(save);
    Thread[] hook = new Thread[1];
    small.trainer.listener(
        new TrainingListener() {
          @Override
          public void onBatch(Progress p) {
            if (p.step() == 3) {
              hook[0] = Thread.ofPlatform().start(save::interrupt);
              while (small.trainer.stopped() == null) {
                Thread.onSpinWait();
              }
            }
          }
        });
    small.trainer.run();
    assertEquals("interrupted", small.trainer.stopped());
    assertTrue(said.get(0).startsWith("interrupted at step 3"), said::toString);
    assertTrue(Files.exists(file));
    assertNotNull(Checkpoint.metadata(file).get("batch"));
    // A later run that is left in peace ends without a word; so does one that fails.
    small.trainer.run(1);
    small.trainer.listener(
        new TrainingListener() {
          @Override
          public void onBatch(Progress p) {
            throw new IllegalStateException("x");
          }
        });
    assertThrows(IllegalStateException.class, small.trainer::run);
    assertEquals(1, said.size());
  }
}
