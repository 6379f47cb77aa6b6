package org.adjoint.tutorials;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.adjoint.bench.levels.Ceilings;
import org.adjoint.bench.levels.Contest;
import org.adjoint.bench.levels.Contests;
import org.adjoint.bench.levels.DeviceRace;
import org.adjoint.bench.levels.Race;
import org.adjoint.bench.levels.UserKernels;
import org.adjoint.cpu.Parallel;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.LoopListing;
import org.adjoint.kernels.UserKernel;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows the levels of an operation side by side. */
@Command(
    name = "compare",
    description = {
      "Compute an operation on several levels, side by side: a plain loop, a loop that the JIT"
          + " compiler vectorises, the backend's kernel, vector code by hand; on one and on all"
          + " threads. Each is checked against the reference first.",
      "Exit status 1 if a level, or a kernel of yours, gives a wrong number."
    },
    mixinStandardHelpOptions = true)
final class CompareCommand implements Callable<Integer> {
  private static final double SHORTEST = 0.1;

  @Spec private @Nullable CommandSpec spec;

  @Parameters(
      arity = "1..*",
      paramLabel = "OP",
      description = "The operations: ${COMPLETION-CANDIDATES}.",
      completionCandidates = Names.class)
  private List<String> ops = new ArrayList<>();

  @Option(
      names = "--size",
      paramLabel = "N[xN…]",
      description =
          "Elements for element-wise operations; MxKxN for matmul; ROWSxCOLUMNS for softmax;"
              + " BATCHxCHANNELSxHxW, for conv2d with xFILTERSxKERNEL behind. Each has a default.")
  private @Nullable String size;

  @Option(
      names = "--device",
      split = ",",
      paramLabel = "NAME",
      description =
          "cpu, with its levels, or devices with a queue, such as cuda,cuda-ptx, side by side"
              + " (default: ${DEFAULT-VALUE}).",
      defaultValue = "cpu")
  private List<String> devices = new ArrayList<>();

  @Option(
      names = "--threads",
      paramLabel = "T",
      description = "The larger number of threads; all cores by default.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--seconds",
      paramLabel = "S",
      description =
          "How long each row is timed after its warm-up (default: ${DEFAULT-VALUE}), from 0.1.",
      defaultValue = "0.3")
  private double seconds;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the rows as a JSON array.")
  private @Nullable Path json;

  @Option(
      names = "--roofline",
      paramLabel = "FILE.png",
      description = "Draw the levels under the machine's ceilings.")
  private @Nullable Path roofline;

  @Option(
      names = "--show",
      description = "Print the loop that the backend generates: as text, and as bytecode.")
  private boolean show;

  @Option(
      names = "--kernels",
      paramLabel = "JAR",
      description =
          "A jar with kernels of your own, found by its UserKernel service; each is verified,"
              + " values and gradients, before it is timed.")
  private @Nullable Path jar;

  /** The names of the operations, for the help. */
  private static final class Names implements Iterable<String> {
    @Override
    public java.util.Iterator<String> iterator() {
      return Contests.names().iterator();
    }
  }

  @Override
  public Integer call() throws Exception {
    Map<Contests.Entry, int[]> wanted = wanted();
    require(threads >= 1 && threads <= Parallel.MAX_THREADS, "--threads must be 1 or more");
    require(
        seconds >= SHORTEST && seconds <= 3600,
        "--seconds is "
            + seconds
            + "; it must be from 0.1, before which the JIT compiler is not done and rows mean"
            + " nothing, to 3600");
    devices.forEach(d -> CommandOutput.requireDevice(spec, d));
    boolean queued = !devices.equals(List.of("cpu"));
    require(
        !queued || (jar == null && roofline == null && !show && !devices.contains("cpu")),
        "--device "
            + String.join(",", devices)
            + " goes without cpu, --kernels, --roofline, --show");
    CommandOutput.requireWritable(json);
    CommandOutput.requireWritable(roofline);
    if (queued) {
      return race(wanted);
    }
    if (jar == null) {
      return compare(wanted, List.of());
    }
    if (!Files.isRegularFile(jar)) {
      throw new NoSuchFileException(jar.toString());
    }
    URL[] urls = {jar.toUri().toURL()};
    try (URLClassLoader loader = new URLClassLoader(urls, CompareCommand.class.getClassLoader())) {
      List<UserKernel> kernels = UserKernels.load(loader);
      require(
          !kernels.isEmpty(),
          jar
              + " is no jar with kernels; it needs META-INF/services/"
              + UserKernel.class.getName()
              + ", which names them");
      require(
          kernels.stream().anyMatch(k -> wanted.keySet().stream().anyMatch(e -> serves(k, e))),
          jar
              + " has no kernel for "
              + String.join(", ", ops)
              + "; it has "
              + kernels.stream().map(k -> k.name() + " for " + k.op()).toList());
      return compare(wanted, kernels);
    }
  }

  private static boolean serves(UserKernel kernel, Contests.Entry entry) {
    return kernel.op().equals(entry.listed());
  }

  /** The operations with their sizes, in the order of the command line. */
  private Map<Contests.Entry, int[]> wanted() {
    Map<Contests.Entry, int[]> wanted = new LinkedHashMap<>();
    for (String op : ops) {
      Contests.Entry entry = Contests.find(op);
      require(
          entry != null,
          "unknown operation '" + op + "'; known are " + String.join(", ", Contests.names()));
      Objects.requireNonNull(entry);
      int[] extents = size == null ? entry.usual() : extents(size);
      String problem = entry.problem(extents);
      require(problem == null, "--size " + size + ": " + problem);
      wanted.put(entry, extents);
    }
    return wanted;
  }

  private int[] extents(String text) {
    boolean wellFormed = text.matches("\\d{1,9}(x\\d{1,9})*");
    require(wellFormed, "--size " + text + ": it must be numbers with an x between them");
    return Arrays.stream(text.split("x", -1)).mapToInt(Integer::parseInt).toArray();
  }

  /** Devices side by side. */
  private int race(Map<Contests.Entry, int[]> wanted) throws Exception {
    PrintWriter out = CommandOutput.of(spec);
    List<Backend> backends = devices.stream().map(Backends::get).toList();
    List<Race.Row> rows = new ArrayList<>();
    for (Map.Entry<Contests.Entry, int[]> w : wanted.entrySet()) {
      Race.Result result =
          new DeviceRace(
                  w.getKey(),
                  w.getValue(),
                  seconds,
                  backends,
                  Backends.get("cpu"),
                  Backends.get("reference"))
              .run();
      rows.addAll(result.rows());
      print(out, w.getKey(), result);
    }
    write(rows);
    return 0;
  }

  private void write(List<Race.Row> rows) throws IOException {
    if (json != null) {
      Files.writeString(
          json,
          rows.stream().map(Race.Row::json).collect(Collectors.joining(",\n", "[\n", "\n]\n")));
    }
  }

  private int compare(Map<Contests.Entry, int[]> wanted, List<UserKernel> kernels)
      throws Exception {
    PrintWriter out = CommandOutput.of(spec);
    Backend cpu = Backends.get("cpu");
    Backend reference = Backends.get("reference");
    Map<UserKernel, Backend> verified = new LinkedHashMap<>();
    for (UserKernel kernel : kernels) {
      if (wanted.keySet().stream().anyMatch(e -> serves(kernel, e))) {
        Backend device = cpu.with(kernel);
        String failure = UserKernels.firstFailure(kernel, device, reference);
        if (!failure.isEmpty()) {
          throw new IllegalStateException(kernel.name() + " is refused: " + failure);
        }
        out.println(kernel.name() + ": values and gradients of every case are within their bounds");
        verified.put(kernel, device);
      }
    }
    List<Race.Result> results = new ArrayList<>();
    for (Map.Entry<Contests.Entry, int[]> w : wanted.entrySet()) {
      Race race = new Race(w.getKey(), w.getValue(), threads, seconds, cpu, reference);
      verified.forEach(
          (kernel, device) -> {
            if (serves(kernel, w.getKey())) {
              race.add(device, kernel.name());
            }
          });
      if (show) {
        list(out, w.getKey(), race.listing());
      }
      Race.Result result = race.run();
      results.add(result);
      print(out, w.getKey(), result);
    }
    write(results.stream().flatMap(r -> r.rows().stream()).toList());
    if (roofline != null) {
      Roofline.draw(roofline, results);
    }
    return 0;
  }

  private static void list(PrintWriter out, Contests.Entry entry, @Nullable LoopListing loop) {
    if (loop == null) {
      out.println(entry.op() + ": no single generated loop; its kernel is written by hand");
    } else {
      out.println(loop.source());
      out.println(loop.instructions());
    }
    out.flush();
  }

  private static void print(PrintWriter out, Contests.Entry entry, Race.Result result) {
    Race.Row first = result.rows().getFirst();
    boolean flops = first.ceiling() == Contest.Ceiling.FMA;
    String unit = flops ? "GFLOP/s" : "GB/s";
    out.printf("%n%s %s%n", entry.op(), first.size());
    for (Ceilings c : result.ceilings()) {
      if (c.threads() == 0) {
        out.printf(Locale.ROOT, "ceiling: copy %.1f GB/s%n", c.copy());
        continue;
      }
      out.printf(
          Locale.ROOT,
          "ceilings on %d thread%s: multiply-add %.1f GFLOP/s, copy %.1f GB/s%n",
          c.threads(),
          c.threads() == 1 ? "" : "s",
          c.fma(),
          c.copy());
    }
    out.printf(
        "%-14s %7s %12s %10s %10s %11s %13s  %s%n",
        "level", "threads", "us a call", unit, "of ceiling", "bytes/call", "error", "made of");
    for (Race.Row r : result.rows()) {
      out.printf(
          Locale.ROOT,
          "%-14s %7d %12.2f %10.2f %9.1f%% %11d %7.2f %-5s  %s%n",
          r.level(),
          r.threads(),
          r.nanos() / 1e3,
          r.rate(),
          100 * r.fraction(),
          r.bytes(),
          r.error(),
          r.unit(),
          r.note());
    }
    out.flush();
  }

  private void require(boolean holds, String message) {
    CommandOutput.require(spec, holds, message);
  }
}
