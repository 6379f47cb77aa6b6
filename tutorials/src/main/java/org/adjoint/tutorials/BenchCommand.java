package org.adjoint.tutorials;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.adjoint.bench.MatmulRate;
import org.adjoint.bench.Measurement;
import org.adjoint.bench.Workload;
import org.adjoint.bench.Workloads;
import org.adjoint.cpu.FmaPeak;
import org.adjoint.cpu.Parallel;
import org.adjoint.cpu.VectorModule;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.Precision;
import org.adjoint.tensor.AdjointException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Times workloads and matrix products. */
@Command(
    name = "bench",
    description = "Time training steps, inference and matrix products; one JSON line a workload.",
    mixinStandardHelpOptions = true)
final class BenchCommand implements Callable<Integer> {
  private static final String SGEMM = "sgemm";
  private static final double PEAK_SECONDS = 0.5;

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--workload",
      split = ",",
      paramLabel = "NAME",
      description = "Workloads, or sgemm; all models by default.")
  private List<String> workloads = new ArrayList<>();

  @Option(
      names = "--sizes",
      split = ",",
      paramLabel = "N",
      description = "Sizes of square matrices for sgemm (default: ${DEFAULT-VALUE}).",
      defaultValue = "64,128,256,512,1024")
  private List<Integer> sizes = new ArrayList<>();

  @Option(
      names = "--threads",
      paramLabel = "T",
      description = "Number of threads; all cores by default.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--seconds",
      paramLabel = "S",
      description =
          "How long each workload is timed after its warm-up (default: ${DEFAULT-VALUE}).",
      defaultValue = "3")
  private double seconds;

  @Option(
      names = "--warmup",
      paramLabel = "S",
      description = "At most so many seconds before (default: ${DEFAULT-VALUE}).",
      defaultValue = "20")
  private double warmUp;

  @Option(
      names = "--device",
      paramLabel = "NAME",
      description = "cpu, cuda, cuda-ptx, sim or reference (default: ${DEFAULT-VALUE}).",
      defaultValue = "cpu")
  private String device = "cpu";

  @Option(
      names = "--precision",
      paramLabel = "NAME",
      description =
          "What products and convolutions round their operands to: float32, tf32 or bf16 (default:"
              + " ${DEFAULT-VALUE}).",
      defaultValue = "float32")
  private String precisionName = "float32";

  @Option(
      names = "--replay",
      description = "Record each workload once and time replays of it, instead of eager steps.")
  private boolean replay;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the lines to this file too.")
  private @Nullable Path json;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = CommandOutput.of(spec);
    List<String> names = workloads.isEmpty() ? Workloads.names() : workloads;
    for (String name : names) {
      require(
          name.equals(SGEMM) || Workloads.names().contains(name),
          "unknown workload '" + name + "'; known are " + Workloads.names() + " and " + SGEMM);
    }
    require(threads >= 1 && threads <= Parallel.MAX_THREADS, "--threads must be 1 or more");
    require(seconds > 0 && seconds <= 3600, "--seconds must be above 0 and at most 3600");
    require(warmUp >= 0 && warmUp <= 3600, "--warmup must be from 0 to 3600");
    for (int size : sizes) {
      require(size >= 1 && size <= 16384, "--sizes must be between 1 and 16384");
    }
    CommandOutput.requireDevice(spec, device);
    Precision precision = CommandOutput.precision(spec, precisionName);
    CommandOutput.requireWritable(json);
    Backend plain = Backends.get(device);
    Backend backend = precision == Precision.FLOAT32 ? plain : plain.with(precision);
    Parallel.setThreads(threads);
    List<String> lines = new ArrayList<>();
    List<String> failures = new ArrayList<>();
    for (String name : names) {
      try {
        measure(name, backend, line -> emit(out, lines, line));
      } catch (AdjointException e) {
        // The others are timed all the same.
        failures.add(name + ": " + e.getMessage());
      }
    }
    if (json != null) {
      Files.write(json, lines);
    }
    if (!failures.isEmpty()) {
      throw new IOException(String.join("; ", failures));
    }
    return 0;
  }

  private void measure(String name, Backend backend, Consumer<String> each) {
    if (name.equals(SGEMM)) {
      boolean peaked = device.equals("cpu") && VectorModule.isUsable();
      double peak = peaked ? FmaPeak.gflops(PEAK_SECONDS) : Double.NaN;
      for (int size : sizes) {
        each.accept(MatmulRate.of(backend, size, threads, seconds, warmUp, peak).json());
      }
    } else {
      Workload workload = Workloads.create(name, backend);
      Workload timed = replay ? workload.replay() : workload;
      each.accept(Measurement.of(timed, backend, threads, seconds, warmUp).json());
    }
  }

  private static void emit(PrintWriter out, List<String> lines, String line) {
    lines.add(line);
    out.println(line);
    out.flush();
  }

  private void require(boolean holds, String message) {
    CommandOutput.require(spec, holds, message);
  }
}
