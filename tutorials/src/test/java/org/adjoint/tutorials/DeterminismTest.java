package org.adjoint.tutorials;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.adjoint.autograd.RandomStream;
import org.adjoint.cpu.Parallel;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.layers.Layer;
import org.adjoint.layers.Setup;
import org.adjoint.layers.data.DataLoader;
import org.adjoint.layers.data.Mnist;
import org.adjoint.layers.data.Split;
import org.adjoint.layers.io.Checkpoint;
import org.adjoint.layers.train.Classification;
import org.adjoint.layers.train.Trainer;
import org.adjoint.tensor.DType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One seed is one model, bit for bit: whatever the width of the vectors, however many threads, and
 * whether or not the training was interrupted. Each run has a JVM of its own, because the width is
 * fixed when it starts and because compilers take other turns in each.
 */
@Tag("sweep")
final class DeterminismTest {
  private static final int RUNS = 20;
  private static final int EPOCHS = 2;
  private static final int BATCH = 64;
  private static final long SEED = 11;
  private static final List<String> WIDTHS = List.of("512", "256", "128", "off");

  /** Every number of threads from 1 to this, each at two widths. */
  private static final int THREADS = 10;

  private static final String CHECKPOINT = "model.safetensors";

  @TempDir static Path folder;

  @Test
  void twentyRunsAndAnInterruptedOneGiveTheSameCheckpoint()
      throws IOException, InterruptedException {
    Path data = TinyDigits.write(folder.resolve("digits"));
    byte[] expected = new byte[0];
    for (int run = 0; run < RUNS; run++) {
      String width = WIDTHS.get(run % WIDTHS.size());
      int threads = 1 + run % THREADS;
      Path out = folder.resolve("run" + run);
      train(width, threads, data, out);
      byte[] checkpoint = Files.readAllBytes(out.resolve(CHECKPOINT));
      if (run == 0) {
        expected = checkpoint;
      }
      String what = "run " + run + " at width " + width + " with " + threads + " threads";
      assertArrayEquals(expected, checkpoint, what);
    }
    Path state = folder.resolve("state.safetensors");
    Path resumed = folder.resolve("resumed.safetensors");
    java("512", Interrupted.class, data.toString(), "2", "save", state.toString());
    java(
        "off",
        Interrupted.class,
        data.toString(),
        "5",
        "resume",
        state.toString(),
        resumed.toString(),
        folder.resolve("run0").resolve(CHECKPOINT).toString());
    assertArrayEquals(expected, Files.readAllBytes(resumed), "saved and resumed");
    Path other = folder.resolve("other");
    train("512", 2, data, other, "--seed", "12");
    assertFalse(
        Arrays.equals(expected, Files.readAllBytes(other.resolve(CHECKPOINT))), "another seed");
  }

  private static void train(String width, int threads, Path data, Path out, String... more)
      throws IOException, InterruptedException {
    List<String> args =
        new ArrayList<>(List.of("train", "lenet5", "--data", data.toString(), "--out"));
    args.add(out.toString());
    args.addAll(List.of("--epochs", Integer.toString(EPOCHS), "--batch", Integer.toString(BATCH)));
    args.addAll(List.of("--threads", Integer.toString(threads)));
    if (more.length == 0) {
      args.addAll(List.of("--seed", Long.toString(SEED)));
    }
    args.addAll(List.of(more));
    java(width, Main.class, args.toArray(String[]::new));
  }

  /** Runs a program of this class path with vectors of a width; it must exit with 0. */
  private static void java(String width, Class<?> program, String... args)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "--add-modules",
            "jdk.incubator.vector",
            "-Djava.awt.headless=true",
            "-Dadjoint.simd.width=" + width,
            "-Xmx1g",
            "-cp",
            System.getProperty("java.class.path"),
            program.getName()));
    command.addAll(List.of(args));
    Process p = new ProcessBuilder(command).redirectErrorStream(true).start();
    String out = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, p.waitFor(), () -> command + ":\n" + out);
  }

  /**
   * The training of the command in two halves. Arguments: the data, threads, and either "save" and
   * a file for the state after one epoch, or "resume", that file, a file for the checkpoint, and a
   * checkpoint of the command whose metadata it gets.
   */
  static final class Interrupted {
    private Interrupted() {}

    public static void main(String[] args) {
      Parallel.setThreads(Integer.parseInt(args[1]));
      Program program = Program.LENET5;
      Backend backend = Backends.get("cpu");
      Mnist digits = program.view().apply(Mnist.fromFolder(Path.of(args[0])));
      Setup setup = Setup.of(backend, DType.F32, SEED).weights(program.weights());
      Layer model = program.model().apply(setup);
      int heldOut = digits.train().size() / 10;
      Split split = Split.random(digits.train(), heldOut, 0, backend);
      DataLoader loader =
          new DataLoader(split.train(), BATCH, backend, DType.F32).shuffle(setup.fork());
      RandomStream draws = setup.fork();
      var augmentation = program.augmentation();
      if (augmentation != null) {
        loader.augment(augmentation.apply(digits.train()), draws);
      }
      Trainer trainer =
          new Trainer(
                  new Classification(model),
                  program.optimizer().apply(model, program.rate()),
                  loader,
                  EPOCHS)
              .schedule(program.schedule())
              .heldOut(new DataLoader(split.heldOut(), 500, backend, DType.F32));
      Path state = Path.of(args[3]);
      if (args[2].equals("save")) {
        trainer.run(1);
        trainer.save(state);
      } else {
        trainer.resume(state);
        trainer.run();
        Map<String, String> metadata = Checkpoint.metadata(Path.of(args[5]));
        Checkpoint.save(Path.of(args[4]), model, metadata);
      }
    }
  }
}
