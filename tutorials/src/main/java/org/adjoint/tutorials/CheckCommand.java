package org.adjoint.tutorials;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.adjoint.autograd.check.Catalogue;
import org.adjoint.autograd.check.CheckRow;
import org.adjoint.autograd.check.Checker;
import org.adjoint.autograd.check.Comparison;
import org.adjoint.autograd.check.Explain;
import org.adjoint.autograd.check.OpCases;
import org.adjoint.autograd.view.CheckPage;
import org.adjoint.bench.TrajectoryChecker;
import org.adjoint.bench.Workloads;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.layers.check.LayerChecker;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Proves values and gradients, op by op. */
@Command(
    name = "check",
    description = {
      "Check every operation and layer: gradients against slopes, values and gradients of each"
          + " device against the reference, and against values recorded from PyTorch.",
      "A device that leaves a call to the reference has failed the row. Exit status 1 if a row"
          + " fails."
    },
    mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {
  private static final String ALL = "all";

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--device",
      split = ",",
      paramLabel = "NAME",
      description = "Devices under check (default: ${DEFAULT-VALUE}).",
      defaultValue = "reference,cpu")
  private List<String> devices = new ArrayList<>();

  @Option(names = "--op", split = ",", paramLabel = "OP", description = "Only these operations.")
  private List<String> ops = new ArrayList<>();

  @Option(
      names = "--layers",
      split = ",",
      arity = "0..1",
      fallbackValue = ALL,
      paramLabel = "LAYER",
      description = "Only layers: these, or all that are recorded from PyTorch.")
  private List<String> layers = new ArrayList<>();

  @Option(
      names = "--workloads",
      split = ",",
      arity = "0..1",
      fallbackValue = ALL,
      paramLabel = "NAME",
      description =
          "Only the losses of training steps beside those recorded from PyTorch: of these"
              + " workloads, or of all.")
  private List<String> workloads = new ArrayList<>();

  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "How many steps of a workload, 1 to 10 (default: ${DEFAULT-VALUE}).",
      defaultValue = "10")
  private int steps;

  @Option(
      names = "--no-faults",
      description = "Leave out the last row, for which wrong gradients are planted and looked for.")
  private boolean faultless;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the rows as a JSON array.")
  private @Nullable Path json;

  @Option(names = "--html", paramLabel = "FILE", description = "Write the table as a page.")
  private @Nullable Path html;

  @Option(names = "--cases", description = "Print every single comparison.")
  private boolean cases;

  @Option(
      names = "--explain",
      paramLabel = "OP",
      description = "Show formula, a case, and the analytic and numeric gradient of an operation.")
  private @Nullable String explain;

  @Option(
      names = "--catalogue",
      paramLabel = "JAR",
      description = "A jar with operations of your own, found by its OpCases service.")
  private @Nullable Path jar;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = CommandOutput.of(spec);
    devices.forEach(d -> CommandOutput.requireDevice(spec, d));
    CommandOutput.require(
        spec, steps >= 1 && steps <= 10, "--steps is " + steps + "; it must be from 1 to 10");
    CommandOutput.requireWritable(json);
    CommandOutput.requireWritable(html);
    if (jar == null) {
      return check(Catalogue.load(), out);
    }
    if (!Files.isRegularFile(jar)) {
      throw new NoSuchFileException(jar.toString());
    }
    URL[] urls = {jar.toUri().toURL()};
    try (URLClassLoader loader = new URLClassLoader(urls, CheckCommand.class.getClassLoader())) {
      Catalogue all = Catalogue.load(loader);
      if (all.cases().size() == Catalogue.load().cases().size()) {
        throw new IOException(
            jar
                + ": no jar with operations; it needs META-INF/services/"
                + OpCases.class.getName()
                + ", which names them");
      }
      return check(all, out);
    }
  }

  private int check(Catalogue all, PrintWriter out) throws IOException {
    Backend reference = Backends.get("reference");
    if (explain != null) {
      requireKnown(all, explain);
      out.print(Explain.op(all, explain, reference));
      out.flush();
      return 0;
    }
    for (String op : ops) {
      requireKnown(all, op);
    }
    List<Backend> backends = devices.stream().map(Backends::get).toList();
    List<CheckRow> rows = new ArrayList<>();
    List<String> failures = new ArrayList<>();
    heading(out);
    boolean whole = ops.isEmpty() && layers.isEmpty() && workloads.isEmpty();
    if (whole || !ops.isEmpty()) {
      Checker checker = new Checker(all, reference, backends);
      if (!ops.isEmpty() || faultless) {
        checker.only(ops.isEmpty() ? all.byOp().keySet() : ops);
      }
      listen(out, checker::listen);
      rows.addAll(checker.run(row -> print(out, row)));
      failures.addAll(checker.failures());
    }
    if (whole || !layers.isEmpty()) {
      LayerChecker checker = new LayerChecker(backends);
      if (!whole && !layers.contains(ALL)) {
        requireKnown("layer", layers, checker.names());
        checker.only(layers);
      }
      listen(out, checker::listen);
      rows.addAll(checker.run(row -> print(out, row)));
      failures.addAll(checker.failures());
    }
    if (!workloads.isEmpty()) {
      TrajectoryChecker checker = new TrajectoryChecker(backends);
      List<String> names = workloads.contains(ALL) ? Workloads.names() : workloads;
      requireKnown("workload", names, Workloads.names());
      listen(out, checker::listen);
      rows.addAll(checker.run(names, steps, row -> print(out, row)));
      failures.addAll(checker.failures());
    }
    for (String failure : failures) {
      out.println("failed: " + failure);
    }
    for (Backend device : backends) {
      summary(out, device, rows);
    }
    long failed = rows.stream().filter(r -> !r.ok()).count();
    out.printf(
        "%d operations, layers and workloads, %d rows, %d cases: %s%n",
        rows.stream().map(CheckRow::op).distinct().count(),
        rows.size(),
        rows.stream().mapToLong(CheckRow::cases).sum(),
        failed == 0 ? "all within their bounds" : failed + " rows failed");
    out.flush();
    if (json != null) {
      Files.writeString(
          json,
          rows.stream().map(CheckRow::json).collect(Collectors.joining(",\n", "[\n", "\n]\n")));
    }
    if (html != null) {
      Map<String, String> described = new LinkedHashMap<>();
      backends.forEach(b -> described.put(b.name(), b.description()));
      Files.writeString(html, CheckPage.of(all, described, rows));
    }
    return failed == 0 ? 0 : Main.FAILURE;
  }

  private void listen(PrintWriter out, Consumer<Consumer<Comparison>> checker) {
    if (cases) {
      checker.accept(out::println);
    }
  }

  private static void heading(PrintWriter out) {
    out.printf(
        "%-24s %-10s %-10s %-8s %-22s %6s %10s %10s %9s %9s %5s%n",
        "op",
        "check",
        "device",
        "dtype",
        "kernel",
        "cases",
        "error",
        "bound",
        "ulp",
        "relative",
        "left");
  }

  private static void print(PrintWriter out, CheckRow r) {
    out.printf(
        Locale.ROOT,
        "%-24s %-10s %-10s %-8s %-22s %6d %10.2e %10.2e %9.2g %9.1e %5d %s%n",
        r.op(),
        r.check(),
        r.device(),
        r.dtype(),
        r.kernel(),
        r.cases(),
        r.error(),
        r.bound(),
        r.ulps(),
        r.relative(),
        r.fallbacks(),
        r.ok() ? "ok" : "FAILED");
    out.flush();
  }

  /** One line a device, its replays included. */
  private static void summary(PrintWriter out, Backend device, List<CheckRow> rows) {
    List<CheckRow> own =
        rows.stream()
            .filter(
                r ->
                    r.device().equals(device.name())
                        || r.device().equals(device.name() + "-replay"))
            .toList();
    long failed = own.stream().filter(r -> !r.ok()).count();
    long left = own.stream().mapToLong(CheckRow::fallbacks).sum();
    out.printf(
        "device %s (%s): %d rows, %s, %s left to the reference%n",
        device.name(),
        device.description(),
        own.size(),
        failed == 0 ? "none failed" : failed + " failed",
        left == 0 ? "no call" : left + " calls");
  }

  private void requireKnown(String what, List<String> names, List<String> known) {
    for (String name : names) {
      CommandOutput.require(
          spec,
          known.contains(name),
          "unknown " + what + " '" + name + "'; known are " + String.join(", ", known));
    }
  }

  private void requireKnown(Catalogue catalogue, String op) {
    CommandOutput.require(
        spec,
        catalogue.byOp().containsKey(op),
        "unknown operation '"
            + op
            + "'; known are "
            + String.join(", ", catalogue.byOp().keySet()));
  }
}
