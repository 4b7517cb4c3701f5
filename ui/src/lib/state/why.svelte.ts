/** Whether it is told why a file is found, or why not. Stays while one goes from file to file. */
class Why {
  open = $state(false);
  /** Whether photos show where they fit. */
  heat = $state(false);
}

export const whyState = new Why();
