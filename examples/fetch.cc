// fetch_cc [OPTION=VALUE…] URL…: fetches one after the other on one client; says which connection carried each.
//   c++ -std=c++20 fetch.cc $(pkg-config --cflags --libs astray) -o fetch_cc
#include <astray/client.h>

#include <iostream>
#include <span>

int main(int count, char** words) {
  astray::http::Options options;
  std::vector<std::string> urls;
  for (const std::string word : std::span(words, count).subspan(1)) {
    if (word.starts_with("ca_file="))
      options.ca_file = word.substr(8);
    else if (word.starts_with("resolve="))
      options.resolve.push_back(word.substr(8));
    else
      urls.push_back(word);
  }

  astray::http::Client client(options);
  bool all = true;
  for (const std::string& url : urls) {
    const auto response = client.fetch({.url = url});
    const auto& connection = response.report.connection;
    if (response)
      std::cout << url << ": " << response.head.status << ", " << response.body.size() << " bytes, connection "
                << connection.id << " (" << to_string(connection.carriage) << ")\n";
    else
      std::cerr << url << ": " << response.error->sentence << '\n';
    all = all && response;
  }
  return all ? 0 : 1;
}
