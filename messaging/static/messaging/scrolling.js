// What screen readers call an area that scrolls, in the language of the page: the theme's script says it in English.
"use strict";
{
  const called = document.currentScript.dataset.called;
  SimpleBar.defaultOptions.ariaLabel = called;
}
