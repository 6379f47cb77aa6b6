package org.adjoint.tensor;

/**
 * The root of every exception that Adjoint throws on purpose. The message always names the
 * operation, the argument, the value that was received and what to do about it; the same facts are
 * readable as fields.
 */
public class AdjointException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String op;
  private final String argument;
  private final String value;
  private final String remedy;

  /**
   * Creates the exception with the message {@code op: argument is value; remedy}.
   *
   * @param op the operation that refuses, as the user calls it
   * @param argument the name of the offending argument
   * @param value what was received; of an exception, what it says
   * @param remedy what was expected and how to get there
   */
  public AdjointException(String op, String argument, Object value, String remedy) {
    super(op + ": " + argument + " is " + text(value) + "; " + remedy);
    this.op = op;
    this.argument = argument;
    this.value = text(value);
    this.remedy = remedy;
  }

  /** The value as text, in quotation marks if nothing would be seen; failures without packages. */
  private static String text(Object value) {
    String text =
        switch (value) {
          case AdjointException e -> "refused (" + e.getMessage() + ")";
          case Throwable t -> said(t);
          case null, default -> String.valueOf(value);
        };
    return text.isBlank() ? "\"" + text + "\"" : text;
  }

  private static String said(Throwable failure) {
    String name = failure.getClass().getSimpleName();
    return failure.getMessage() == null ? name : name + ": " + failure.getMessage();
  }

  /** Returns the operation that refused. */
  public String op() {
    return op;
  }

  /** Returns the name of the offending argument. */
  public String argument() {
    return argument;
  }

  /** Returns the received value as text. */
  public String value() {
    return value;
  }

  /** Returns what was expected, and how to get there. */
  public String remedy() {
    return remedy;
  }
}
