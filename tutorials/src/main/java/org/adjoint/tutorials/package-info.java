/** The {@code adjoint} command and the programs of the course. */
@NullMarked
package org.adjoint.tutorials;

import org.jspecify.annotations.NullMarked;
