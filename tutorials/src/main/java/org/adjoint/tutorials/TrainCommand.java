package org.adjoint.tutorials;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.adjoint.cpu.Parallel;
import org.adjoint.layers.Summary;
import org.adjoint.layers.train.Progress;
import org.adjoint.layers.train.SaveOnInterrupt;
import org.adjoint.layers.train.TrainingListener;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Trains a model on MNIST and leaves a folder with all that there is to see. */
@Command(
    name = "train",
    description = "Train a model; adjoint list names them.",
    mixinStandardHelpOptions = true)
final class TrainCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "NAME",
      description = "The model: mlp, lenet5, autoencoder.")
  private String name = "";

  @Option(
      names = "--epochs",
      paramLabel = "N",
      description = "Passes over the training digits (default: see adjoint list).")
  private @Nullable Integer epochs;

  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "End after so many steps and print the loss of each; nothing is evaluated.")
  private @Nullable Integer steps;

  @Option(names = "--batch", paramLabel = "N", description = "Digits in a step.")
  private @Nullable Integer batch;

  @Option(names = "--lr", paramLabel = "X", description = "Learning rate at its highest.")
  private @Nullable Double rate;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "Seed of everything random (default: ${DEFAULT-VALUE}).",
      defaultValue = "1")
  private long seed;

  @Option(names = "--threads", paramLabel = "T", description = "Threads; all cores by default.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--device",
      paramLabel = "NAME",
      description =
          "cpu, cuda, sim, or reference for plain Java (default: ${DEFAULT-VALUE}). Several, as in"
              + " cuda:0,cuda:1, share each batch.",
      defaultValue = "cpu")
  private String device = "cpu";

  @Option(
      names = "--precision",
      paramLabel = "NAME",
      description =
          "What products and convolutions round their operands to: float32, tf32 or bf16; weights"
              + " stay float32 (default: ${DEFAULT-VALUE}).",
      defaultValue = "float32")
  private String precision = "float32";

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "A folder with the four IDX files of MNIST or of data in its form.")
  private @Nullable Path data;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Where results go (default: runs/NAME-date-time).")
  private @Nullable Path folder;

  @Option(
      names = "--resume",
      paramLabel = "FILE",
      description = "Go on with a training that Ctrl-C has stopped; the other options as before.")
  private @Nullable Path state;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the result as JSON.")
  private @Nullable Path json;

  @Override
  public Integer call() throws Exception {
    Program program = Programs.find(name);
    if (program == null) {
      require(
          false, "unknown model '" + name + "'; known are " + String.join(", ", Programs.names()));
      return Main.USAGE;
    }
    TrainingRun.Options options =
        new TrainingRun.Options(
            epochs != null ? epochs : program.epochs(),
            batch != null ? batch : program.batch(),
            rate != null ? rate : program.rate(),
            seed,
            threads,
            device,
            CommandOutput.precision(spec, precision),
            data);
    require(options.epochs() >= 1, "--epochs is " + epochs + "; it must be at least 1");
    require(options.batch() >= 1, "--batch is " + batch + "; it must be at least 1");
    require(steps == null || steps >= 1, "--steps is " + steps + "; it must be at least 1");
    require(
        options.rate() > 0 && Double.isFinite(options.rate()),
        "--lr is " + rate + "; it must be a number above 0");
    require(
        threads >= 1 && threads <= Parallel.MAX_THREADS,
        "--threads is " + threads + "; it must be from 1 to " + Parallel.MAX_THREADS);
    for (String one : device.split(",", -1)) {
      CommandOutput.requireDevice(spec, one);
    }
    TrainingRun run = new TrainingRun(program, options);
    // A place that cannot be written is found out now, not after the training.
    CommandOutput.requireWritable(json);
    if (steps != null) {
      return firstSteps(run, steps);
    }
    RunFolder results = folder != null ? RunFolder.at(folder) : RunFolder.dated(program.name());
    PrintWriter out = CommandOutput.of(spec);
    out.print(Summary.of(run.model(), run.inputShape()));
    out.flush();
    Path stopped = results.path().resolve("stopped.safetensors");
    TrainingRun.Result result =
        run.train(
            state,
            new ProgressDisplay(out, ProgressDisplay.isTerminal()),
            new SaveOnInterrupt(
                stopped,
                line -> {
                  out.println(line);
                  out.flush();
                },
                "repeat the command with --resume " + stopped));
    if (json != null) {
      Files.writeString(json, result.json() + "\n");
    }
    results.write(run, result, out);
    if (result.confusion() != null) {
      out.print(result.confusion());
      out.printf(
          Locale.ROOT,
          "test accuracy %.2f %%, test loss %.4f, %.1f s of training%n",
          100 * result.testAccuracy(),
          result.testLoss(),
          result.trainSeconds());
    } else {
      out.printf(
          Locale.ROOT,
          "test loss %.4f (binary cross-entropy a pixel), %.1f s of training%n",
          result.testLoss(),
          result.trainSeconds());
    }
    out.println("results in " + results.path());
    out.flush();
    return 0;
  }

  private int firstSteps(TrainingRun run, int count) throws IOException {
    PrintWriter out = CommandOutput.of(spec);
    long start = System.nanoTime();
    TrainingRun.Steps result =
        run.steps(
            count,
            new TrainingListener() {
              @Override
              public void onBatch(Progress p) {
                out.printf(Locale.ROOT, "step %d loss %.7f%n", p.step(), p.batchLoss());
                out.flush();
              }
            });
    out.printf(
        Locale.ROOT,
        "%d steps on %s in %.1f s%n",
        result.losses().size(),
        device,
        (System.nanoTime() - start) / 1e9);
    out.flush();
    if (json != null) {
      Files.writeString(json, result.json() + "\n");
    }
    return 0;
  }

  private void require(boolean holds, String message) {
    CommandOutput.require(spec, holds, message);
  }
}
