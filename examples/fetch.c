/* fetch_c [OPTION=VALUE…] URL…: fetches one after the other on one client; says which connection carried each.
 *   cc -std=c99 fetch.c $(pkg-config --cflags --libs astray) -o fetch_c */
#include <astray.h>
#include <stdio.h>
#include <string.h>

int main(int count, char **words) {
  astray_options *options = astray_options_new();
  astray_client *client;
  int i, failed = 0;
  for (i = 1; i < count && strncmp(words[i], "http", 4) != 0; ++i) {
    char *value = strchr(words[i], '=');
    if (value != NULL) *value++ = '\0';
    if (astray_options_set(options, words[i], value) != ASTRAY_OK) fprintf(stderr, "%s\n", astray_options_error(options));
  }

  client = astray_client_new(options);
  for (; i < count; ++i) {
    astray_request *request = astray_request_new(words[i]);
    astray_outcome *outcome = astray_client_fetch(client, request);
    size_t size;
    astray_outcome_body(outcome, &size);
    if (*astray_outcome_text(outcome, ASTRAY_ERROR_KIND) == '\0') {
      printf("%s: %d, %lu bytes, connection %lu (%s)\n", words[i], (int)astray_outcome_number(outcome, ASTRAY_STATUS),
             (unsigned long)size, (unsigned long)astray_outcome_number(outcome, ASTRAY_CONNECTION_ID),
             astray_outcome_text(outcome, ASTRAY_CARRIAGE));
    } else {
      fprintf(stderr, "%s: %s\n", words[i], astray_outcome_text(outcome, ASTRAY_ERROR_SENTENCE));
      failed = 1;
    }
    astray_outcome_free(outcome);
    astray_request_free(request);
  }
  astray_client_free(client);
  astray_options_free(options);
  return failed;
}
