package org.adjoint.tutorials;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.adjoint.autograd.check.Catalogue;
import org.adjoint.autograd.check.CheckRow;
import org.adjoint.autograd.check.Checker;
import org.adjoint.autograd.check.Explain;
import org.adjoint.autograd.check.OpCases;
import org.adjoint.autograd.view.CheckPage;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Proves values and gradients, op by op. */
@Command(
    name = "check",
    description = {
      "Check every operation: gradients against slopes, values and gradients of each device against"
          + " the reference, and against values recorded from PyTorch.",
      "Exit status 1 if a row fails."
    },
    mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--device",
      split = ",",
      paramLabel = "NAME",
      description = "Devices under check (default: ${DEFAULT-VALUE}).",
      defaultValue = "reference,cpu")
  private List<String> devices = new ArrayList<>();

  @Option(
      names = "--op",
      split = ",",
      paramLabel = "OP",
      description = "Only these operations; all by default.")
  private List<String> ops = new ArrayList<>();

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
    Checker checker = new Checker(all, reference, devices.stream().map(Backends::get).toList());
    if (!ops.isEmpty()) {
      checker.only(ops);
    }
    if (cases) {
      checker.listen(out::println);
    }
    List<CheckRow> rows = checker.run();
    out.printf(
        "%-24s %-10s %-10s %-8s %-22s %6s %10s %10s%n",
        "op", "check", "device", "dtype", "kernel", "cases", "error", "bound");
    for (CheckRow r : rows) {
      out.printf(
          Locale.ROOT,
          "%-24s %-10s %-10s %-8s %-22s %6d %10.2e %10.2e %s%n",
          r.op(),
          r.check(),
          r.device(),
          r.dtype(),
          r.kernel(),
          r.cases(),
          r.error(),
          r.bound(),
          r.ok() ? "ok" : "FAILED");
    }
    for (String failure : checker.failures()) {
      out.println("failed: " + failure);
    }
    long failed = rows.stream().filter(r -> !r.ok()).count();
    out.printf(
        "%d operations, %d rows, %d cases: %s%n",
        ops.isEmpty() ? all.byOp().size() : ops.size(),
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
      Files.writeString(html, CheckPage.of(all, rows));
    }
    return failed == 0 ? 0 : Main.FAILURE;
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
