package org.adjoint.tutorials;

import java.io.File;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Writes what takes the command to a machine without a JDK. */
@Command(
    name = "bundle",
    description = {
      "Write a folder that runs this command on Linux x86-64 without JDK and network, such as a"
          + " machine with a GPU: a Java runtime, the jars with JCuda's libraries, a script.",
      "It checks, measures and trains there; bench/gpu-report in it writes a report about the GPU."
    },
    mixinStandardHelpOptions = true)
final class BundleCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "The folder, new or empty (default: ${DEFAULT-VALUE}).",
      defaultValue = "adjoint-bundle")
  private Path out = Path.of("adjoint-bundle");

  @Option(names = "--data", description = "Take the digits of MNIST along: 10 MB more.")
  private boolean data;

  @Option(
      names = "--jdk",
      paramLabel = "DIR",
      description =
          "The JDK 25 for Linux x86-64 to link the runtime from; the running one if not" + " told.")
  private Path jdk = Path.of(System.getProperty("java.home"));

  @Option(
      names = "--with",
      split = ",",
      paramLabel = "JAR",
      description = "More jars for the class path, such as suites of tests.")
  private List<Path> more = new ArrayList<>();

  @Override
  public Integer call() throws Exception {
    PrintWriter print = CommandOutput.of(spec);
    List<Path> classPath = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      if (Files.exists(Path.of(entry))) {
        classPath.add(Path.of(entry));
      }
    }
    for (Path jar : more) {
      if (!Files.isRegularFile(jar)) {
        throw new NoSuchFileException(jar.toString());
      }
      classPath.add(jar);
    }
    Path home = Path.of(System.getProperty("adjoint.home", ""));
    Bundle bundle = new Bundle(out, jdk, classPath, home, data);
    bundle.write();
    print.printf(Locale.ROOT, "%s: %.1f MB%n", out, bundle.bytes() / 1e6);
    Path name = out.toAbsolutePath().normalize().getFileName();
    print.printf(
        "pack it: tar --sort=name --mtime=2000-01-01 --owner=0 --group=0 --numeric-owner"
            + " -czf %s.tar.gz -C %s %s%n",
        name, out.toAbsolutePath().normalize().getParent(), name);
    print.flush();
    return 0;
  }
}
