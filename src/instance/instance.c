#include "instance/instance.h"

#include "base/say.h"

static G_DEFINE_QUARK(fn-instance-error-quark, fn_instance_error)

const char *
fn_instance_own_rules(const FnInstance *instance)
{
	return g_file_test(instance->own_rules, G_FILE_TEST_IS_DIR) ? instance->own_rules : NULL;
}

FnRules *
fn_instance_read_rules(const FnInstance *instance, GError **error)
{
	return fn_rules_load(instance->rules_directory, fn_settings_text(instance->settings, "pack"), fn_instance_own_rules(instance), error);
}

FnInstance *
fn_instance_new(const char *directory, GError **error)
{
	g_autoptr(FnInstance) instance = g_new0(FnInstance, 1);
	const char *registry;

	if (!g_file_test(directory, G_FILE_TEST_IS_DIR)) {
		g_set_error(error, fn_instance_error_quark(), 0, fn_say("%s: no such instance; make one with `fengni init DIR`"), directory);
		return NULL;
	}
	if ((instance->settings = fn_settings_load(directory, error)) == NULL ||
		(instance->rules_directory = fn_rules_directory(instance->settings)) == NULL)
		return NULL;
	instance->own_rules = fn_settings_path(instance->settings, "rules");
	if ((instance->rules = fn_instance_read_rules(instance, error)) == NULL)
		return NULL;
	registry = fn_settings_text(instance->settings, "registry");
	instance->registry = *registry != '\0' ? g_strdup(registry)
		: g_strconcat("sqlite:", fn_settings_directory(instance->settings), "/registry/registry.db", NULL);
	fn_roles_init(fn_settings_int(instance->settings, "uid_base"));
	return g_steal_pointer(&instance);
}

FnInstance *
fn_instance_open(int argc, char **argv, GError **error)
{
	if (argc != 2 || argv[1][0] == '-') {
		g_set_error(error, fn_instance_error_quark(), 0, fn_say("usage: %s"), "fengni-… DIR");
		return NULL;
	}
	return fn_instance_new(argv[1], error);
}

void
fn_instance_free(FnInstance *instance)
{
	if (instance == NULL)
		return;
	fn_rules_free(instance->rules);
	fn_settings_free(instance->settings);
	g_free(instance->rules_directory);
	g_free(instance->own_rules);
	g_free(instance->registry);
	g_free(instance);
}

FnIpcClient *
fn_instance_client(const FnInstance *instance, FnRole peer)
{
	g_autofree char *path = fn_role_socket(instance->settings, peer);

	return fn_ipc_client_new(path, peer);
}

gboolean
fn_instance_confine(const FnInstance *instance, FnRole role, GError **error)
{
	/* Said before: once confined nobody can ask the kernel any more. */
	if (fn_confine_gap() != NULL)
		g_warning("%s", fn_confine_gap());
	if (fn_roles_development())
		g_warning("%s", fn_say("uid_base is 0: every program runs as one user and may do everything; for development only"));
	return fn_confine(role, instance->settings, instance->rules_directory, error);
}
