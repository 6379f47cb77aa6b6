package org.adjoint.tutorials;

import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.ParameterException;

/**
 * The {@code adjoint} command. Exit status: 0 success, 1 failure, 2 wrong usage; an error is one
 * line on standard error ({@code -Dadjoint.debug=true} adds the stack trace).
 */
@Command(
    name = "adjoint",
    description = "A deep-learning engine in pure Java: train, check and measure.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      ListCommand.class,
      TrainCommand.class,
      PredictCommand.class,
      CheckCommand.class,
      GraphCommand.class,
      BenchCommand.class,
      CompareCommand.class,
      PtxCommand.class,
      DoctorCommand.class,
      BundleCommand.class,
      HelpCommand.class
    })
public final class Main implements Callable<Integer> {
  /** Exit status of a command that could not do what was asked. */
  static final int FAILURE = 1;

  /** Exit status of a command that was called wrongly. */
  static final int USAGE = 2;

  @CommandLine.Spec private CommandLine.Model.@org.jspecify.annotations.Nullable CommandSpec spec;

  private Main() {}

  /** Runs the command and ends the process with its status. */
  public static void main(String[] args) {
    System.exit(run(args));
  }

  /** Runs the command and returns its exit status. */
  static int run(String... args) {
    return new CommandLine(new Main())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(Main::wrongUsage)
        .setExecutionExceptionHandler(Main::failed)
        .setExecutionStrategy(Main::execute)
        .execute(args);
  }

  @Override
  public Integer call() {
    if (spec != null) {
      spec.commandLine().usage(spec.commandLine().getErr());
    }
    return USAGE;
  }

  private static int wrongUsage(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    command
        .getErr()
        .println(
            name + ": " + oneLine(String.valueOf(e.getMessage())) + " (see " + name + " --help)");
    return USAGE;
  }

  /** An error is told like an exception: too little memory, or a kernel's jar that does not fit. */
  private static int execute(CommandLine.ParseResult parsed) {
    try {
      return new CommandLine.RunLast().execute(parsed);
    } catch (OutOfMemoryError | StackOverflowError | LinkageError e) {
      CommandLine command = parsed.asCommandLineList().getLast();
      String remedy =
          e instanceof OutOfMemoryError
              ? "; give Java more, such as ADJOINT_JAVA_OPTS=-Xmx8g, or take less at a time"
              : e instanceof NoClassDefFoundError && !CommandOutput.canDraw()
                  ? "; this Java runtime has no java.desktop, which pictures need"
                  : "";
      throw new CommandLine.ExecutionException(command, e + remedy, e);
    }
  }

  private static int failed(Exception e, CommandLine command, CommandLine.ParseResult parsed) {
    if (Boolean.getBoolean("adjoint.debug")) {
      e.printStackTrace(command.getErr());
    }
    command.getErr().println(command.getCommandSpec().qualifiedName() + ": " + oneLine(explain(e)));
    return FAILURE;
  }

  /** Returns what went wrong in words; the JDK's file exceptions carry only the path. */
  private static String explain(Exception e) {
    String message = String.valueOf(e.getMessage());
    return switch (e) {
      case NoSuchFileException x -> message + ": no such file or folder; check the path";
      case AccessDeniedException x ->
          message + ": permission denied; name a place that you may use";
      case FileAlreadyExistsException x ->
          message + ": exists already and is not a folder; name another";
      case FileSystemException x -> message + "; name another place";
      default -> e.getMessage() == null ? e.getClass().getSimpleName() : message;
    };
  }

  private static String oneLine(String message) {
    return message.strip().replaceAll("\\s*\\R\\s*", " ");
  }

  /** Reads the version from the jar's manifest. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Main.class.getPackage().getImplementationVersion();
      return new String[] {
        "adjoint " + (version == null ? "(not packaged)" : version), "Java " + Runtime.version()
      };
    }
  }
}
