package org.adjoint.tutorials;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Lists what can be trained. */
@Command(
    name = "list",
    description = "List the models that can be trained.",
    mixinStandardHelpOptions = true)
final class ListCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = CommandOutput.of(spec);
    for (Program p : Programs.ALL) {
      out.printf(
          "%-14s %s (%d epochs, batch %d, learning rate %s)%n",
          p.name(), p.summary(), p.epochs(), p.batch(), p.rate());
    }
    out.flush();
    return 0;
  }
}
