package tokens

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

var emulatorURL string

// TestMain runs the emulator for all tests of the package, unless AGENTCORE_IDENTITY_EMULATOR_URL is set
// (agentcore-identity-emulator exec -- go test ./...).
func TestMain(m *testing.M) {
	emulatorURL = os.Getenv("AGENTCORE_IDENTITY_EMULATOR_URL")
	if emulatorURL != "" {
		os.Exit(m.Run())
	}
	stop, err := startEmulator()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	status := m.Run()
	stop()
	os.Exit(status)
}

func startEmulator() (stop func(), err error) {
	const command = "agentcore-identity-emulator"
	program, err := exec.LookPath(command)
	if err != nil {
		program = filepath.Join("node_modules", ".bin", command)
	}
	process := exec.Command(program, "--port", "0", "--json")
	output, err := process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := process.Start(); err != nil {
		return nil, fmt.Errorf("install %s first (npm install PATH/OF/ITS/TARBALL): %w", command, err)
	}
	stop = func() {
		_ = process.Process.Signal(syscall.SIGTERM)
		_ = process.Wait()
	}
	line, err := bufio.NewReader(output).ReadBytes('\n')
	var ready struct {
		URL, Region string
		Credentials []struct{ AccessKeyID, SecretAccessKey string }
	}
	if err == nil {
		err = json.Unmarshal(line, &ready)
	}
	if err != nil {
		stop()
		return nil, fmt.Errorf("the emulator did not start: %w", err)
	}
	emulatorURL = ready.URL
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_BEDROCK_AGENTCORE": ready.URL,
		"AWS_REGION":                         ready.Region,
		"AWS_ACCESS_KEY_ID":                  ready.Credentials[0].AccessKeyID,
		"AWS_SECRET_ACCESS_KEY":              ready.Credentials[0].SecretAccessKey,
		"AWS_SESSION_TOKEN":                  "",
		"AWS_PROFILE":                        "",
		"AWS_DEFAULT_PROFILE":                "",
	} {
		os.Setenv(name, value)
	}
	return stop, nil
}

// control posts to one of the emulator's own routes.
func control(t *testing.T, route string, body map[string]string) map[string]string {
	t.Helper()
	sent, _ := json.Marshal(body)
	response, err := http.Post(emulatorURL+"/_emulator/"+route, "application/json", bytes.NewReader(sent))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusNoContent {
		return nil
	}
	var answer map[string]string
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %v %v", route, response.StatusCode, answer, err)
	}
	return answer
}

// consentAs lets a user consent, without a browser. It returns the address at which the browser would be: your return URL.
func consentAs(t *testing.T, sessionURI, user string) string {
	t.Helper()
	route := "authorizations/" + url.QueryEscape(sessionURI) + "/consent"
	return control(t, route, map[string]string{"as": user})["location"]
}
