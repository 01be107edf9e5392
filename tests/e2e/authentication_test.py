# SPDX-License-Identifier: Apache-2.0
"""Who gild says it is: every kind of credentials, where they come from, and what happens when they are wrong."""
from support.case import Case


class WaysToSignIn(Case):
    def setUp(self):
        super().setUp()
        self.tenant({"fin": 3})
        self.group("fin")

    def sign_in_with(self, variables):
        self.environment = {"GILD_CA_FILE": self.emulator.ready["ca_file"], **variables}

    def temporary_keys(self):
        identity = {"methods": ["token"], "token": {"id": self.emulator.ready["token"]}}
        answer = self.emulator.call("POST", "/v3.0/OS-CREDENTIAL/securitytokens", {"auth": {"identity": identity}})
        return answer["credential"]

    def assert_rolls_out(self):
        self.refresh()
        self.apply()
        self.assert_wiped_once(self.emulator.ids("fin"))
        self.assertEqual(self.record().unauthorized, 0)

    def test_access_key_and_secret_key_sign_every_call(self):
        self.sign_in_with(self.emulator.keys())
        self.assert_rolls_out()
        self.assertEqual(self.record().calls["token"], 0)

    def test_temporary_keys_go_with_their_security_token(self):
        credential = self.temporary_keys()
        self.sign_in_with(
            {
                "HW_ACCESS_KEY": credential["access"],
                "HW_SECRET_KEY": credential["secret"],
                "HW_SECURITY_TOKEN": credential["securitytoken"],
            }
        )
        self.assert_rolls_out()
        for secret in (credential["access"], credential["secret"], credential["securitytoken"]):
            self.assert_not_told(secret)

    def test_a_ready_made_token_is_used_as_it_is(self):
        self.sign_in_with(self.emulator.token())
        self.assert_rolls_out()
        self.assertEqual(self.record().calls["token"], 0)

    def test_user_password_and_domain_get_one_token_for_a_whole_run(self):
        self.sign_in_with(self.emulator.password())
        self.assert_rolls_out()
        self.assertEqual(self.record().calls["token"], 2)  # one for refresh, one for apply

    def test_an_issued_token_is_told_to_nobody(self):
        tokens = []

        def listen(call, pass_on):
            if call.path.startswith("/v3/auth/tokens"):
                reply = pass_on()
                tokens.append(reply.headers["X-Subject-Token"])
                return reply

        gateway = self.start_gateway(listen)
        self.sign_in_with(self.emulator.password())
        self.apply("--events", "events.ndjson", "-v")
        self.assertEqual({call.headers.get("X-Auth-Token") for call in gateway.rebuild_calls()}, set(tokens))
        for token in tokens:
            self.assert_not_told(token)

    def test_the_names_that_other_tools_use_are_understood(self):
        ready = self.emulator.ready
        temporary = self.temporary_keys()
        ways = [
            {"OS_AUTH_TOKEN": ready["token"]},
            {"OS_ACCESS_KEY": ready["access_key"], "OS_SECRET_KEY": ready["secret_key"]},
            {"HUAWEICLOUD_SDK_AK": ready["access_key"], "HUAWEICLOUD_SDK_SK": ready["secret_key"]},
            {
                "HUAWEICLOUD_SDK_AK": temporary["access"],
                "HUAWEICLOUD_SDK_SK": temporary["secret"],
                "HUAWEICLOUD_SDK_SECURITY_TOKEN": temporary["securitytoken"],
            },
        ]
        for domain in ("OS_DOMAIN_NAME", "OS_USER_DOMAIN_NAME", "OS_PROJECT_DOMAIN_NAME"):
            ways.append({"OS_USERNAME": ready["user"], "OS_PASSWORD": ready["password"], domain: ready["domain"]})
        for way in ways:
            with self.subTest(variables=sorted(way)):
                self.sign_in_with(way)
                self.gild("drift", status=2)
        self.assertEqual(self.record().unauthorized, 0)

    def test_a_token_wins_over_keys_and_keys_win_over_a_password(self):
        wrong_keys = {"HW_ACCESS_KEY": "WRONG0ACCESS", "HW_SECRET_KEY": "wrong0secret"}
        wrong_password = {"HW_USER_NAME": "nobody", "HW_USER_PASSWORD": "wrong0word", "HW_DOMAIN_NAME": "none"}
        self.sign_in_with({**self.emulator.token(), **wrong_keys, **wrong_password})
        self.gild("drift", status=2)
        self.sign_in_with({**self.emulator.keys(), **wrong_password})
        self.gild("drift", status=2)
        record = self.record()
        self.assertEqual((record.unauthorized, record.calls["token"]), (0, 0))

    def test_credentials_that_are_refused_are_not_replaced_by_others(self):
        self.sign_in_with({"HW_AUTH_TOKEN": "wrong0token", **self.emulator.keys(), **self.emulator.password()})
        self.apply(status=1)
        record = self.record()
        self.assertEqual((record.calls["token"], record.calls["rebuild"]), (0, 0))
        self.assertEqual(sum(record.calls.values()), 0)


class Profiles(Case):
    def test_each_workspace_signs_in_with_the_credentials_that_it_names(self):
        lab = self.start_emulator({"images": [{"name": "old"}, {"name": "new"}],
                                   "groups": [{"prefix": "lab", "count": 2, "image": "old"}]})
        prod = self.tenant({"fin": 2}, credentials="prod")
        bundle = self.folder / "both.pem"
        bundle.write_text("".join(open(each.ready["ca_file"]).read() for each in (lab, prod)))
        self.fleet.workspace(lab, name="lab-2", credentials="lab-2")
        self.group("fin", workspace="prod")
        self.fleet.group("lab", "new", lab.ids("lab"), workspace="lab-2")
        self.environment = {
            "GILD_CA_FILE": str(bundle),
            "HW_ACCESS_KEY": "WRONG0ACCESS",
            "HW_SECRET_KEY": "wrong0secret",
            **prod.keys("HW_PROD_"),
            **lab.password("HW_LAB_2_"),
        }
        self.apply()
        for emulator, ids in ((prod, prod.ids("fin")), (lab, lab.ids("lab"))):
            self.assertEqual(emulator.record().unauthorized, 0)
            self.assertEqual(emulator.record().wipes_by_gild(), {id: 1 for id in ids})

    def test_a_workspace_without_variables_of_its_own_uses_the_common_ones(self):
        emulator = self.tenant({"fin": 2}, credentials="prod")
        self.group("fin")
        self.apply()
        self.assert_wiped_once(emulator.ids("fin"))


class WrongCredentials(Case):
    def setUp(self):
        super().setUp()
        self.tenant({"fin": 3})
        self.group("fin")

    def assert_refused(self, variables, *words, command=("apply", "--auto-approve")):
        environment = {"GILD_CA_FILE": self.emulator.ready["ca_file"], **variables}
        run = self.gild(*command, status=1, environment=environment)
        for word in words:
            self.assertIn(word, run.err)
        record = self.record()
        self.assertEqual((record.calls["rebuild"], record.wipes), (0, []))
        return run

    def test_a_wrong_secret_key_ends_the_run_and_says_what_the_service_said(self):
        keys = {**self.emulator.keys(), "HW_SECRET_KEY": "wrong0secret"}
        self.assert_refused(keys, "does not accept the credentials", "APIGW.0301", "Check the keys")
        self.assertLessEqual(self.record().unauthorized, 2)  # a signature is made anew once

    def test_an_unknown_access_key_ends_the_run_and_is_not_printed(self):
        run = self.assert_refused({"HW_ACCESS_KEY": "WRONG0ACCESS", "HW_SECRET_KEY": "wrong0secret"}, "APIGW.0301")
        self.assertNotIn("WRONG0ACCESS", run.out + run.err)

    def test_a_wrong_password_is_tried_once_and_never_again(self):
        password = {**self.emulator.password(), "HW_USER_PASSWORD": "wrong0word"}
        for command in (("apply", "--auto-approve"), ("refresh",), ("drift",)):
            before = self.record().calls["token"]
            run = self.assert_refused(password, "IAM", "The username or password is wrong", command=command)
            self.assertNotIn("wrong0word", run.out + run.err)
            self.assertEqual(self.record().calls["token"], before + 1)

    def test_an_expired_ready_made_token_is_named_with_its_variable(self):
        self.emulator.revoke_tokens()
        self.assert_refused(self.emulator.token(), "HW_AUTH_TOKEN", "may have expired")

    def test_half_of_a_pair_is_an_error_that_names_the_other_half(self):
        keys = self.emulator.keys()
        self.assert_refused({"HW_ACCESS_KEY": keys["HW_ACCESS_KEY"]}, "HW_ACCESS_KEY is set", "HW_SECRET_KEY")
        self.assert_refused({"HW_USER_NAME": "somebody"}, "HW_USER_PASSWORD", "HW_DOMAIN_NAME")
        self.assertEqual(sum(self.record().calls.values()), 0)

    def test_without_credentials_nothing_is_sent(self):
        self.assert_refused({}, "no credentials in the environment", "HW_ACCESS_KEY")
        self.assertEqual(sum(self.record().calls.values()), 0)


class Renewal(Case):
    def setUp(self):
        super().setUp()
        self.tenant({"fin": 4}, job_seconds=(1, 1.2))
        self.group("fin", rollout={"batch_size": 2, "max_unavailable": 2})
        self.environment = {"GILD_CA_FILE": self.emulator.ready["ca_file"], **self.emulator.password()}

    def test_a_token_is_renewed_before_it_expires(self):
        self.emulator.set_faults(knobs={"token_lifetime_seconds": 2})
        self.apply()
        self.assert_wiped_once(self.emulator.ids("fin"))
        self.assertGreater(self.record().calls["token"], 1)

    def test_tokens_that_are_revoked_in_the_middle_of_a_run_are_renewed(self):
        revoked = []

        def revoke(call, pass_on):
            if gateway.rebuild_calls() and not call.is_rebuild() and not revoked:
                revoked.append(call)
                self.emulator.revoke_tokens()

        gateway = self.start_gateway(revoke)
        self.apply()
        record = self.record()
        self.assert_wiped_once(self.emulator.ids("fin"))
        self.assertEqual(record.calls["token"], 2)
        self.assertEqual(record.unauthorized, 1)
        self.assertEqual(record.calls["rebuild"], 2)

    def test_a_request_that_meets_401_goes_again_once_with_a_new_token(self):
        self.emulator.set_faults(
            faults=[{"on": "rebuild", "fault": "status", "status": 401, "code": "APIGW.0307", "nth": 1}]
        )
        self.apply()
        record = self.record()
        self.assert_wiped_once(self.emulator.ids("fin"))
        self.assertEqual((record.calls["rebuild"], record.calls["token"]), (3, 2))
        self.assertEqual(self.fleet.history("lost"), [])

    def test_requests_that_meet_401_again_and_again_end_the_run(self):
        self.emulator.set_faults(faults=[{"on": "rebuild", "fault": "status", "status": 401, "code": "APIGW.0301"}])
        run = self.apply(status=1)
        self.assertIn("APIGW.0301", run.err)
        self.assertEqual(self.record().calls["rebuild"], 2)
        self.assertEqual(self.record().wipes, [])
        self.assert_nothing_settling()

    def test_iam_that_fails_for_a_moment_is_asked_again(self):
        self.emulator.set_faults(faults=[{"on": "token", "fault": "status", "status": 503, "nth": 1}])
        self.apply()
        self.assert_wiped_once(self.emulator.ids("fin"))

    def test_a_wrong_clock_is_corrected_by_the_date_of_the_answers(self):
        self.environment.update(self.emulator.keys())  # keys win, and a signature has a time
        self.emulator.set_faults(knobs={"clock_ahead_seconds": 7200})
        self.apply()
        self.assert_wiped_once(self.emulator.ids("fin"))
        self.assertEqual(self.record().unauthorized, 1)
