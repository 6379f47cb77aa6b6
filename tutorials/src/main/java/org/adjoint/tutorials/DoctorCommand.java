package org.adjoint.tutorials;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.adjoint.cpu.Parallel;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.BackendProvider;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.Kernels;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Says what the machine offers and what Adjoint makes of it. */
@Command(
    name = "doctor",
    description = "Say what this machine offers: JDK, vector width, threads, memory, devices.",
    mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = CommandOutput.of(spec);
    Runtime runtime = Runtime.getRuntime();
    row(out, "Java", System.getProperty("java.vm.name") + " " + Runtime.version());
    row(out, "system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    row(out, "cores", runtime.availableProcessors() + ", of which " + Parallel.threads() + " used");
    row(
        out,
        "memory",
        (runtime.maxMemory() >> 20)
            + " MiB of heap at most, "
            + (runtime.totalMemory() >> 20)
            + " MiB now");
    for (BackendProvider provider : Backends.providers()) {
      switch (provider.availability()) {
        case BackendProvider.Available a -> {
          row(out, "device " + provider.name(), a.description());
          row(out, "", families(provider.backend()));
        }
        case BackendProvider.Unavailable u ->
            row(
                out,
                "device " + provider.name(),
                "not available: " + u.cause() + "; " + u.remedy());
      }
      for (String line : provider.details()) {
        row(out, "", line);
      }
    }
    row(out, "fastest", Backends.fastest().name());
    out.flush();
    return 0;
  }

  private static String families(Backend backend) {
    StringBuilder text = new StringBuilder("kernels:");
    for (Kernels.Family family : Kernels.Family.values()) {
      text.append(' ').append(backend.kernels().implementation(family));
    }
    return text.toString();
  }

  private static void row(PrintWriter out, String what, String value) {
    out.printf("%-18s %s%n", what, value);
  }
}
